import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { scriptPath } from "../../../src/exchange/powershell/powershell-settings.ts";
import { runCollection } from "../../../src/exchange/powershell/run-collection.ts";
import { parseSnapshot } from "../../../src/model/snapshot/parse-snapshot.ts";
import type { Snapshot } from "../../../src/model/snapshot/snapshot.ts";
import { openCertificateMaker, type CertificateMaker } from "../keys/certificates.ts";
import { findEngine } from "./engine.ts";
import { FIXTURES, IIS_FIXTURE, setStubs, WITH_STUBS } from "./stubs.ts";

const engine = await findEngine();
const describeEngine = engine === null || process.platform === "win32" ? describe.skip : describe;

describeEngine("collect-snapshot.ps1 with odd answers", () => {
  let maker: CertificateMaker;
  let folder = "";
  beforeAll(() => {
    maker = openCertificateMaker();
  });
  afterAll(() => {
    maker.close();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "odd-answers-"));
    await mkdir(join(folder, "data"));
    setStubs({ data: [join(folder, "data"), FIXTURES] });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function collect(script = WITH_STUBS): Promise<Snapshot> {
    const Parameters = { NoOutbound: true, ApplicationHostConfig: IIS_FIXTURE };
    const parameters = { Script: scriptPath("collect-snapshot.ps1"), Parameters };
    const { value } = await runCollection({ script, parameters, executable: engine?.executable, timeoutMs: 240_000 });
    const { snapshot, faults } = parseSnapshot(value);
    expect(faults).toEqual([]);
    return snapshot;
  }

  test("certificates without properties are read from their public part; whether a private key exists stays unknown", async () => {
    const made = maker.selfSigned("auth");
    await writeFile(
      join(folder, "data/GetExchangeCertificate.xml"),
      `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="1"><TN ` +
        `RefId="0"><T>Deserialized.Certificate</T></TN>` +
        `<MS><BA N="RawData">${made.der}</BA></MS></Obj></Objs>`,
    );
    const { certificates } = await collect();
    expect(certificates?.map(({ Thumbprint, HasPrivateKey }) => [Thumbprint, HasPrivateKey])).toEqual([
      [made.thumbprint, null],
      [made.thumbprint, null],
    ]);
    expect(certificates?.every(({ NotAfter }) => NotAfter !== null && NotAfter > Date.now())).toBe(true);
  }, 300_000);

  test.each([
    ["ISO 8601", "2026-11-22T05:06:07Z", "2026-11-22T05:06:07.000Z"],
    ["ISO 8601 with an offset and ticks", "2026-11-22T06:06:07.1234567+01:00", "2026-11-22T05:06:07.123Z"],
    ["in the form of a language, day and month could change places", "05.12.2026 06:07:08", null],
    ["in the form of another", "12/05/2026 6:07:08 AM", null],
    ["never", "0001-01-01T00:00:00", null],
  ])(
    "the last run of AuthAdmin, %s",
    async (_name, text, expected) => {
      const answer = await readFile(join(FIXTURES, "GetExchangeDiagnosticInfo.xml"), "utf8");
      expect(answer).toContain("2026-11-22T05:06:07Z");
      await writeFile(join(folder, "data/GetExchangeDiagnosticInfo.xml"), answer.replace("2026-11-22T05:06:07Z", text));
      const { authAdmin } = await collect();
      const ran = authAdmin?.LastRunUtc ?? null;
      expect(ran === null ? null : new Date(ran).toISOString()).toBe(expected);
    },
    300_000,
  );

  test("the result is the same if the culture has its own format of dates, numbers and minus signs", async () => {
    const script = join(folder, "culture.ps1");
    await writeFile(
      script,
      `param([string] $Script, [object] $Parameters)
$culture = [Globalization.CultureInfo]::InvariantCulture.Clone()
$culture.DateTimeFormat.ShortDatePattern = 'dd.MM.yyyy'
$culture.DateTimeFormat.DateSeparator = '.'
$culture.DateTimeFormat.TimeSeparator = '.'
$culture.NumberFormat.NumberDecimalSeparator = ','
$culture.NumberFormat.NumberGroupSeparator = '.'
$culture.NumberFormat.NegativeSign = [string] [char] 0x2212
[Threading.Thread]::CurrentThread.CurrentCulture = $culture
[Globalization.CultureInfo]::DefaultThreadCurrentCulture = $culture
& '${WITH_STUBS}' -Script $Script -Parameters $Parameters`,
    );
    const [plain, odd] = [await collect(), await collect(script)];
    expect({ ...odd, atMs: 0 }).toEqual({ ...plain, atMs: 0 });
  }, 300_000);
});
