import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { formatDuration, parseDuration } from "../../src/model/durations.ts";
import { ALERTS_FOLDER } from "./rule-files.ts";

export const ALERTMANAGER_EXAMPLE = join(ALERTS_FOLDER, "examples/alertmanager.yml");
export const MESSAGE_TEMPLATE = join(ALERTS_FOLDER, "examples/hma.tmpl");

interface Route {
  readonly receiver?: string | undefined;
  readonly matchers?: string[] | undefined;
  readonly group_by?: string[] | undefined;
  readonly group_wait?: string | undefined;
  readonly group_interval?: string | undefined;
  readonly repeat_interval?: string | undefined;
  readonly routes?: Route[] | undefined;
}

const RouteText: z.ZodType<Route> = z.strictObject({
  receiver: z.string().optional(),
  matchers: z.array(z.string()).optional(),
  group_by: z.array(z.string()).optional(),
  group_wait: z.string().optional(),
  group_interval: z.string().optional(),
  repeat_interval: z.string().optional(),
  get routes() {
    return z.array(RouteText).optional();
  },
});

const ConfigText = z.looseObject({
  route: RouteText,
  inhibit_rules: z.array(
    z.object({
      source_matchers: z.array(z.string()),
      target_matchers: z.array(z.string()),
      equal: z.array(z.string()),
    }),
  ),
  receivers: z.array(z.looseObject({ name: z.string() })),
});

export type AlertmanagerConfig = z.infer<typeof ConfigText>;

export function readAlertmanagerExample(): AlertmanagerConfig {
  return ConfigText.parse(parse(readFileSync(ALERTMANAGER_EXAMPLE, "utf8")));
}

/**
 * The sample configuration with its times divided by `factor` and with receivers at `receiverUrl`, which get Alertmanager's JSON and the
 * rendered title and text. Groups wait at least two seconds, because targets are scraped up to a second apart.
 */
export function liveConfig(config: AlertmanagerConfig, receiverUrl: string, factor: number): unknown {
  const chat = {
    channel: "#test",
    send_resolved: true,
    title: '{{ template "hma.title" . }}',
    text: '{{ template "hma.text" . }}',
  };
  return {
    templates: [MESSAGE_TEMPLATE],
    route: scaleRoute(config.route, factor),
    inhibit_rules: config.inhibit_rules,
    receivers: config.receivers.map(({ name }) =>
      name === "nobody"
        ? { name }
        : {
            name,
            webhook_configs: [{ url: `${receiverUrl}/webhook/${name}`, send_resolved: true }],
            slack_configs: [{ ...chat, api_url: `${receiverUrl}/chat/${name}` }],
          },
    ),
  };
}

function scaleRoute(route: Route, factor: number): Route {
  const scale = (duration: string, leastMs: number): string =>
    formatDuration(Math.max(leastMs, (parseDuration(duration) ?? 0) / factor));
  return {
    ...route,
    ...(route.group_wait === undefined ? {} : { group_wait: scale(route.group_wait, 2_000) }),
    ...(route.group_interval === undefined ? {} : { group_interval: scale(route.group_interval, 1_000) }),
    ...(route.repeat_interval === undefined ? {} : { repeat_interval: scale(route.repeat_interval, 60_000) }),
    ...(route.routes === undefined ? {} : { routes: route.routes.map((one) => scaleRoute(one, factor)) }),
  };
}
