// Draws one board with Grafana's own components and data library. What they do not hold (state timelines and heatmaps live in
// Grafana's own program, not in its packages) is drawn here and says so in its title.
import React from "react";
import { createRoot } from "react-dom/client";
import * as data from "@grafana/data";
import { BarGauge, BigValue, GlobalStyles, PanelChrome, PortalContainer, TimeSeries } from "@grafana/ui";
import { TableNG } from "@grafana/ui/unstable";
import { displayed, framesOf, prepare } from "../grafana-frames.ts";
import "uplot/dist/uPlot.min.css";

const { board, answers, annotations, look, mode } = window.PREVIEW;
prepare(data);
const theme = data.createTheme({ colors: { mode } });
const WIDTH = 1600;
const GAP = 8;
const COLUMN = (WIDTH - 23 * GAP) / 24;
const timeRange = {
  from: data.dateTime(look.from * 1000),
  to: data.dateTime(look.to * 1000),
  raw: { from: data.dateTime(look.from * 1000), to: data.dateTime(look.to * 1000) },
};

async function main() {
  const panels = [];
  for (const panel of board.panels) {
    const drawn =
      panel.type === "row" || panel.type === "text"
        ? []
        : await displayed(data, { panel, frames: framesOf(data, panel, answers[panel.id] ?? []), theme });
    panels.push({ panel, frames: drawn });
  }
  createRoot(document.getElementById("root")).render(<Board panels={panels} />);
  window.DRAWN = true;
}

function Board({ panels }) {
  const bottom = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  return (
    <data.ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div
        style={{
          background: theme.colors.background.canvas,
          width: WIDTH + 2 * GAP,
          padding: GAP,
          color: theme.colors.text.primary,
          ...theme.typography.body,
        }}
      >
        <h1 style={{ fontSize: 20, margin: "4px 0 2px" }}>{board.title}</h1>
        <div style={{ color: theme.colors.text.secondary, fontSize: 12, marginBottom: GAP }}>
          Preview with Grafana's components over a simulated week ·{" "}
          {new Date(look.from * 1000).toISOString().slice(0, 16)} to{" "}
          {new Date(look.to * 1000).toISOString().slice(0, 16)} UTC · instance{" "}
          {look.instance === ".+" ? "All" : look.instance}
        </div>
        <div style={{ position: "relative", height: bottom * 38 }}>
          {panels.map(({ panel, frames }) => (
            <Placed key={panel.id} panel={panel} frames={frames} />
          ))}
        </div>
        <PortalContainer />
      </div>
    </data.ThemeContext.Provider>
  );
}

function Placed({ panel, frames }) {
  const { x, y, w, h } = panel.gridPos;
  const width = w * COLUMN + (w - 1) * GAP;
  const height = h * 30 + (h - 1) * GAP;
  const style = { position: "absolute", left: x * (COLUMN + GAP), top: y * (30 + GAP), width, height };
  if (panel.type === "row")
    return (
      <div style={{ ...style, fontWeight: 500, paddingTop: 6 }}>
        ⌄ {panel.title.replace("$instance", look.instance)}
      </div>
    );
  const own = panel.type === "state-timeline" || panel.type === "heatmap" ? "  (drawn by the preview)" : "";
  return (
    <div style={style}>
      <PanelChrome title={panel.title + own} description={panel.description} width={width} height={height}>
        {(innerWidth, innerHeight) => <Content panel={panel} frames={frames} width={innerWidth} height={innerHeight} />}
      </PanelChrome>
    </div>
  );
}

function Content({ panel, frames, width, height }) {
  if (panel.type === "text")
    return (
      <div
        className="markdown-html"
        style={{ overflow: "hidden", height }}
        dangerouslySetInnerHTML={{ __html: data.renderMarkdown(panel.options.content) }}
      />
    );
  if (panel.type === "stat" || panel.type === "bargauge")
    return <Values panel={panel} frames={frames} width={width} height={height} />;
  if (frames.length === 0 || frames.every((frame) => frame.length === 0))
    return (
      <div style={{ paddingTop: height / 2 - 12, textAlign: "center", color: theme.colors.text.secondary }}>
        {panel.fieldConfig.defaults.noValue || "No data"}
      </div>
    );
  if (panel.type === "timeseries") return <Lines panel={panel} frames={frames} width={width} height={height} />;
  if (panel.type === "table")
    return (
      <TableNG
        data={frames[0]}
        width={width}
        height={height}
        noHeader={false}
        cellHeight={panel.options.cellHeight}
        sortBy={panel.options.sortBy}
        fieldConfig={panel.fieldConfig}
        frozenColumns={0}
        structureRev={1}
        getActions={() => []}
      />
    );
  if (panel.type === "state-timeline") return <Bands panel={panel} frames={frames} width={width} height={height} />;
  return <Cells frames={frames} width={width} height={height} unit={panel.options.yAxis.unit} />;
}

function Values({ panel, frames, width, height }) {
  const values = data.getFieldDisplayValues({
    fieldConfig: panel.fieldConfig,
    reduceOptions: panel.options.reduceOptions,
    replaceVariables: (text) => text,
    theme,
    data: frames,
    timeZone: "utc",
  });
  if (panel.type === "stat") {
    return (
      <div style={{ display: "flex" }}>
        {values.map((value, index) => (
          <BigValue
            key={index}
            width={width / values.length}
            height={height}
            theme={theme}
            value={value.display}
            colorMode={panel.options.colorMode}
            graphMode={panel.options.graphMode}
            textMode={panel.options.textMode}
            justifyMode={panel.options.justifyMode}
            count={values.length}
            wideLayout={panel.options.wideLayout}
          />
        ))}
      </div>
    );
  }
  const each = Math.min(48, height / values.length);
  return (
    <div>
      {values.map((value, index) => (
        <BarGauge
          key={index}
          width={width}
          height={each - 6}
          theme={theme}
          value={value.display}
          field={value.field}
          orientation="horizontal"
          displayMode={panel.options.displayMode}
          namePlacement={panel.options.namePlacement}
          showUnfilled
          valueDisplayMode={panel.options.valueMode}
          alignmentFactors={data.getDisplayValueAlignmentFactors(values)}
          itemSpacing={10}
        />
      ))}
    </div>
  );
}

function Lines({ panel, frames, width, height }) {
  return (
    <TimeSeries
      frames={frames.map(withPlainTimeAxis)}
      width={width}
      height={height}
      timeRange={timeRange}
      timeZone="utc"
      legend={panel.options.legend}
      options={{}}
    >
      {(config) => {
        if (!config.hasMarks) {
          config.hasMarks = true;
          config.addHook("draw", (plot) => drawMarks(plot));
        }
        return null;
      }}
    </TimeSeries>
  );
}

/** In Grafana the label of the axis belongs to the values alone. */
function withPlainTimeAxis(frame) {
  const plain = (field) =>
    field.type === data.FieldType.time
      ? { ...field, config: { ...field.config, custom: { ...field.config.custom, axisLabel: "" } } }
      : field;
  return { ...frame, fields: frame.fields.map(plain) };
}

/** Annotations as Grafana draws them: a dashed line for an instant, a pale band for a span. */
function drawMarks(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { colour, spans } of annotations) {
    for (const [from, to] of spans) {
      const left = plot.valToPos(from, "x", true);
      const right = plot.valToPos(to, "x", true);
      if (right - left > 2) {
        ctx.fillStyle = `${colour}22`;
        ctx.fillRect(left, bbox.top, right - left, bbox.height);
      } else {
        ctx.strokeStyle = colour;
        ctx.setLineDash([5, 5]);
        ctx.lineWidth = 1.5;
        ctx.beginPath();
        ctx.moveTo(left, bbox.top);
        ctx.lineTo(left, bbox.top + bbox.height);
        ctx.stroke();
      }
    }
  }
  ctx.restore();
}

function Bands({ panel, frames, width, height }) {
  const rows = frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === data.FieldType.time);
    return frame.fields
      .filter((field) => field !== time)
      .map((field) => ({ name: data.getFieldDisplayName(field, frame, frames), time, field }));
  });
  const left =
    panel.fieldConfig.defaults.custom.axisWidth ??
    Math.min(220, 14 + 7 * Math.max(...rows.map(({ name }) => name.length)));
  const legend = new Map();
  const legendHeight = panel.options.legend.showLegend ? 24 : 0;
  const row = Math.min(44, (height - legendHeight - 22) / rows.length);
  const at = (ms) => left + ((ms - look.from * 1000) / ((look.to - look.from) * 1000)) * (width - left - 10);
  const bands = rows.flatMap(({ time, field }, index) => {
    const step = time.config.interval || 60_000;
    return [...time.values].map((ms, at_) => {
      const shown = field.display(field.values[at_]);
      if (field.values[at_] === null || shown.color === "transparent") return null;
      if (shown.text !== "") legend.set(shown.text, shown.color);
      return (
        <rect
          key={`${index} ${ms}`}
          x={at(ms)}
          y={index * row + row * 0.12}
          width={Math.max(1, at(Math.min(ms + step, look.to * 1000)) - at(ms) + 0.4)}
          height={row * 0.76}
          fill={shown.color}
        />
      );
    });
  });
  const ticks = ticksOf(look, width - left);
  return (
    <div>
      <svg width={width} height={height - legendHeight} style={{ fontSize: 12, fill: theme.colors.text.secondary }}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line x1={at(tick)} x2={at(tick)} y1={0} y2={rows.length * row} stroke={theme.colors.border.weak} />
            <text x={at(tick)} y={rows.length * row + 15} textAnchor="middle">
              {labelOf(tick)}
            </text>
          </g>
        ))}
        {bands}
        {rows.map(({ name }, index) => (
          <text key={name} x={left - 8} y={index * row + row / 2 + 4} textAnchor="end">
            {name}
          </text>
        ))}
        {annotations.flatMap(({ colour, spans }, index) =>
          spans
            .filter(([from, to]) => to - from < 1 && from >= look.from * 1000 && from <= look.to * 1000)
            .map(([from]) => (
              <line
                key={`${index} ${from}`}
                x1={at(from)}
                x2={at(from)}
                y1={0}
                y2={rows.length * row}
                stroke={colour}
                strokeDasharray="4 4"
              />
            )),
        )}
      </svg>
      {legendHeight > 0 && (
        <div style={{ fontSize: 12, display: "flex", gap: 16, paddingLeft: left }}>
          {[...legend].map(([text, colour]) => (
            <span key={text}>
              <span
                style={{
                  display: "inline-block",
                  width: 14,
                  height: 4,
                  background: colour,
                  marginRight: 6,
                  verticalAlign: "middle",
                }}
              />
              {text}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

function ticksOf({ from, to }, width = 900) {
  const steps = [300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800];
  const step = steps.find((one) => (to - from) / one <= Math.min(12, width / 70)) ?? 604_800;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at * 1000);
  return ticks;
}

function labelOf(ms) {
  const text = new Date(ms).toISOString();
  return look.to - look.from > 2 * 86_400 ? text.slice(5, 10) : text.slice(11, 16);
}

function Cells({ frames, width, height, unit }) {
  const [frame] = frames;
  const [time, ...buckets] = frame.fields;
  const left = 70;
  const columns = time.values.length;
  const right = 64;
  const cell = { width: (width - left - right) / columns, height: (height - 36) / buckets.length };
  const top = 12;
  const most = Math.max(1e-9, ...buckets.flatMap(({ values }) => [...values]));
  const format = data.getValueFormat(unit);
  return (
    <svg width={width} height={height} style={{ fontSize: 12, fill: theme.colors.text.secondary }}>
      {buckets.map(({ name, values }, index) => {
        const y = top + (buckets.length - 1 - index) * cell.height;
        return (
          <g key={name}>
            {[...values].map((value, column) =>
              value > 1e-6 ? (
                <rect
                  key={column}
                  x={left + column * cell.width + 0.5}
                  y={y + 0.5}
                  width={Math.max(1, cell.width - 1)}
                  height={cell.height - 1}
                  fill={heatColour(Math.sqrt(value / most))}
                />
              ) : null,
            )}
            <text x={left - 6} y={y + 4} textAnchor="end">
              {name === "+Inf" ? "longer" : data.formattedValueToString(format(Number(name)))}
            </text>
          </g>
        );
      })}
      {SCALE.map((share) => (
        <g key={share}>
          <rect
            x={width - right + 14}
            y={top + (1 - share) * (height - 56)}
            width={12}
            height={(height - 56) / SCALE.length + 1}
            fill={heatColour(share)}
          />
          {share % 0.5 === 0 && (
            <text x={width - right + 32} y={top + (1 - share) * (height - 56) + 8}>
              {Math.round(most * share * share * 10) / 10}
            </text>
          )}
        </g>
      ))}
      {ticksOf(look, width - left - right).map((tick) => (
        <text
          key={tick}
          x={left + ((tick - look.from * 1000) / ((look.to - look.from) * 1000)) * (width - left - right)}
          y={height - 4}
          textAnchor="middle"
        >
          {labelOf(tick)}
        </text>
      ))}
    </svg>
  );
}

/** Shares of the colour scale beside a heatmap. */
const SCALE = Array.from({ length: 21 }, (_, index) => index / 20);

/** Cividis, five stops. */
function heatColour(share) {
  const stops = [
    [0, 34, 78],
    [65, 77, 107],
    [124, 123, 120],
    [188, 175, 111],
    [255, 234, 70],
  ];
  const at = Math.min(0.9999, share) * 4;
  const low = stops[Math.floor(at)];
  const high = stops[Math.floor(at) + 1];
  return `rgb(${low.map((one, index) => Math.round(one + (high[index] - one) * (at % 1))).join(",")})`;
}

main().catch((error) => {
  document.body.textContent = String(error.stack);
  window.DRAWN = true;
});
