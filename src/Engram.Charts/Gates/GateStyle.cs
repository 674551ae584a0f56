namespace Engram.Charts.Gates;

/// <summary>The style sheet of explorers, on top of a report's.</summary>
internal static class GateStyle
{
    public static string Css { get; } = """

        .gates{--wide:min(1180px,100vw - 32px);width:var(--wide);margin:20px calc((100% - var(--wide))/2);padding:18px 20px 20px;background:var(--card);border:1px solid var(--line);border-radius:10px}
        .gates [hidden]{display:none!important}
        .gates .bar{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center;font-size:.875rem;color:var(--quiet)}
        .gates .bar label{display:flex;gap:8px;align-items:center}
        .gates select,.gates input[type=number],.gates button{font:inherit;color:var(--ink);background:var(--page);border:1px solid var(--line);border-radius:7px;padding:4px 8px}
        .gates input[type=number]{width:5.2em}
        .gates button{cursor:pointer;min-width:5.4em}
        .gates :focus-visible{outline:2px solid var(--blue);outline-offset:1px}
        .gates .words{display:flex;flex-wrap:wrap;gap:5px 4px;margin:14px 0 12px;max-height:190px;overflow:auto;padding:4px 3px;line-height:1.35}
        .gates .words button{min-width:0;padding:3px 8px;border:1px solid transparent;border-radius:6px;font-size:1.02rem}
        .gates .words button.due{opacity:.42}
        .gates .words button[aria-current]{outline:2px solid var(--blue);outline-offset:1px}
        .gates .time{display:flex;gap:14px;align-items:center}
        .gates .time input{flex:1;min-width:0;accent-color:var(--blue);height:26px;margin:0}
        .gates .note-at{margin:8px 0 0;min-height:3.1em;max-width:none;color:var(--text);font-size:.9375rem}
        .gates .now{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,5fr) minmax(0,4fr);gap:14px 26px;margin:8px 0 6px}
        .gates h3{margin:12px 0 6px;font-size:.875rem;font-weight:600;color:var(--ink)}
        .gates h3 small{font-weight:400;color:var(--quiet);font-size:.8125rem}
        .gates .guess{display:grid;grid-template-columns:6em 1fr 4.4em;gap:9px;align-items:center;font-size:.875rem;line-height:1.7}
        .gates .guess i{height:11px;border-radius:2px;background:var(--blue);opacity:.85;justify-self:start;min-width:1px}
        .gates .guess b{font-weight:500;color:var(--ink);overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:9em}
        .gates .guess span{text-align:right;color:var(--quiet)}
        .gates .guess.came b{font-weight:700;color:var(--blue)}
        .gates canvas{display:block;width:100%}
        .gates .lines>div{display:grid;grid-template-columns:7.2em 1fr 3.2em;gap:8px;align-items:center;font-size:.8125rem;color:var(--quiet)}
        .gates .lines span:last-child{text-align:right;color:var(--ink)}
        .gates .lines canvas{height:24px}
        .gates .maps{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:4px 26px}
        .gates .map{position:relative;cursor:crosshair;border:1px solid var(--line)}
        .gates .map>div{position:absolute;pointer-events:none}
        .gates .veil{top:0;bottom:0;right:0;background:var(--card);opacity:.72}
        .gates .cursor{top:-2px;bottom:-2px;border:1.5px solid var(--blue);border-radius:2px}
        .gates .row{left:0;right:0;border:1px solid var(--ink);opacity:.85}
        .gates .axis{position:relative;font-size:.75rem;color:var(--quiet)}
        .gates .axis span{position:absolute;top:5px;white-space:nowrap;transform-origin:0 0}
        .gates .axis span.at{color:var(--blue);font-weight:600}
        .gates .scale{float:right;display:flex;gap:6px;align-items:center;font-weight:400;font-size:.75rem;color:var(--quiet)}
        .gates .scale i{width:70px;height:9px;border-radius:2px}
        .gates .reading{position:fixed;z-index:2;left:0;top:0;padding:4px 9px;border:1px solid var(--line);border-radius:7px;background:var(--card);color:var(--ink);font-size:.8125rem;pointer-events:none;box-shadow:0 3px 12px #0003}
        .gates .keys{margin:12px 0 0;font-size:.8125rem;color:var(--quiet);max-width:none}
        .gates kbd{padding:0 5px;border:1px solid var(--line);border-radius:4px;background:var(--page);font:inherit}
        @media screen and (max-width:900px){.gates .now{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}.gates .now>:nth-child(2){grid-column:1/-1;grid-row:1}}
        @media screen and (max-width:680px){.gates{padding:14px 12px}.gates .now{grid-template-columns:minmax(0,1fr)}.gates .now>*{grid-column:1!important;grid-row:auto!important}.gates .words button{font-size:.9375rem;padding:2px 6px}}
        @media print{.gates .bar,.gates .time,.gates .keys{display:none}.gates{width:auto;margin-inline:0}}

        """.Replace("\r\n", "\n", StringComparison.Ordinal);
}
