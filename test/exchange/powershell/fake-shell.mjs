#!/usr/bin/env node
// Answers as `powershell -NoExit -Command -` does, as far as one collection needs it, and misbehaves as the parameters say.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const decode = (base64) => Buffer.from(base64, "base64").toString("utf8");

function frame(nonce, text, lineEnd = "\n", outcome = "ok") {
  const body = Buffer.from(text, "utf8").toString("base64");
  const lines = [
    `#hma-begin:${nonce}:${outcome}`,
    ...(body.match(/.{1,8192}/g) ?? []),
    `#hma-end:${nonce}:${body.length}`,
  ];
  return lineEnd + lines.join(lineEnd) + lineEnd;
}

const MODES = {
  echo: ({ nonce, parameters }) => process.stdout.write(frame(nonce, JSON.stringify(parameters))),
  crlf: ({ nonce, parameters }) => process.stdout.write(frame(nonce, JSON.stringify(parameters), "\r\n")),
  escapes: ({ nonce, parameters }) =>
    process.stdout.write(`\u001b[?1h\u001b=banner${frame(nonce, JSON.stringify(parameters))}\u001b[?1l`),
  noise: ({ nonce, parameters }) => {
    process.stderr.write("x".repeat(300_000) + "\n" + "warning\n".repeat(5_000));
    process.stdout.write("y".repeat(300_000) + "\n" + "noise\r\n".repeat(5_000) + frame(nonce, "{}"), () => {});
    void parameters;
  },
  large: ({ nonce, parameters }) =>
    process.stdout.write(frame(nonce, JSON.stringify({ text: "é".repeat(parameters.bytes / 2) }))),
  flood: () => {
    const chunk = "z".repeat(65_536) + "\n";
    const pour = () => {
      while (process.stdout.write(chunk));
      process.stdout.once("drain", pour);
    };
    pour();
    return "busy";
  },
  exitInTheMiddle: ({ nonce }) => {
    process.stdout.write(frame(nonce, "{}").slice(0, 60), () => process.exit(3));
    return "busy";
  },
  exitAfterReply: ({ nonce }) => process.stdout.write(frame(nonce, "{}"), () => process.exit(0)),
  killItself: () => process.kill(process.pid, "SIGKILL"),
  silent: () => {},
  refused: () => {
    process.stderr.write(
      "& : Die Datei C:\\Users\\erika\\x.ps1 kann nicht geladen werden.\r\n    + CategoryInfo : Sicherheitsfehler: (:) [], PSSecurityException\r\n    + FullyQualifiedErrorId : UnauthorizedAccess\r\n",
    );
  },
  hang: () => "busy",
  hangWithGrandchild: ({ parameters }) => {
    const grandchild = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], {
      stdio: "inherit",
    });
    writeFileSync(parameters.pidFile, String(grandchild.pid));
    return "busy";
  },
  notBase64: ({ nonce }) => process.stdout.write(`\n#hma-begin:${nonce}:ok\n<html>\n#hma-end:${nonce}:6\n`),
  cutShort: ({ nonce }) => process.stdout.write(frame(nonce, "{}").replace(/:4\n/, ":400\n")),
  notJson: ({ nonce }) => process.stdout.write(frame(nonce, "no json")),
  otherNonce: () => process.stdout.write(frame("0123", "{}")),
  scriptError: ({ nonce }) =>
    process.stdout.write(frame(nonce, '{"fact":"System.IO.IOException (HResult 0x80070005)"}', "\n", "failed")),
};

let isBusy = false;
// Samples: [Console]::Out.Write("AbC`n")   & (…FromBase64String('…')) -Script64 'a' -Parameters64 'b' -Nonce 'c'
createInterface({ input: process.stdin }).on("line", (line) => {
  if (isBusy) return;
  const delimiter = /^\[Console\]::(Out|Error)\.Write\("(\w+)`n"\)$/.exec(line);
  if (delimiter !== null) {
    (delimiter[1] === "Out" ? process.stdout : process.stderr).write(`${delimiter[2]}\n`);
    return;
  }
  const command = /-Script64 '(\S*)' -Parameters64 '(\S*)' -Nonce '(\w+)'$/.exec(line);
  if (command === null) return;
  const parameters = JSON.parse(decode(command[2]));
  isBusy = MODES[parameters.mode]({ nonce: command[3], parameters }) === "busy";
});
setInterval(() => {}, 1000); // A shell stays (-NoExit).
