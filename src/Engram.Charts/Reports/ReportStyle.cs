namespace Engram.Charts.Reports;

/// <summary>The style sheet of reports; charts bring their own.</summary>
internal static class ReportStyle
{
    public static string Css { get; } = """

        :root{color-scheme:light dark;--page:#f5f7f9;--card:#fff;--ink:#17202a;--text:#2f3a45;--quiet:#5b6875;--line:#e1e6ea;--blue:#0b6bb0;--note:#e9f2f9;--amber:#a87400;--warning:#fbf3e0}
        @media screen and (prefers-color-scheme:dark){:root{--page:#0d1218;--card:#151b23;--ink:#edf1f5;--text:#d3dae1;--quiet:#9aa7b4;--line:#27303a;--blue:#5aaeec;--note:#14222f;--amber:#efb93f;--warning:#272011}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
        main{max-width:920px;margin:0 auto;padding:clamp(24px,5vw,56px) clamp(14px,4vw,32px) 64px}
        header{margin-bottom:28px}
        h1{margin:0;color:var(--ink);font-size:clamp(1.55rem,1.1rem + 2vw,2.15rem);line-height:1.2;letter-spacing:-.015em;text-wrap:balance}
        header p{margin:8px 0 0;color:var(--quiet)}
        h2{margin:44px 0 12px;color:var(--ink);font-size:1.25rem;line-height:1.3;letter-spacing:-.005em}
        main>p{max-width:44em}
        p{margin:12px 0}
        .card,.table,.figures>div,dl,details{background:var(--card);border:1px solid var(--line);border-radius:10px}
        .card{margin:20px 0;padding:8px 8px 10px}
        figcaption{padding:4px 12px 6px;color:var(--quiet);font-size:.875rem}
        .card svg{display:block;width:100%;height:auto}
        .text p{margin:4px 12px 8px;white-space:pre-wrap;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875rem;line-height:1.55}
        .narrow{display:none;max-width:560px;margin:0 auto}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,170px),1fr));gap:12px;margin:20px 0}
        .figures>div{padding:14px 18px 15px}
        .figures strong{display:block;color:var(--ink);font-size:1.7rem;font-weight:650;line-height:1.25;letter-spacing:-.02em}
        .figures span{display:block;font-size:.9rem;line-height:1.4}
        .figures small{display:block;margin-top:2px;color:var(--quiet);font-size:.8125rem}
        .table{margin:20px 0}
        .table>div{overflow-x:auto}
        .table>figcaption{padding:12px 18px 9px;border-bottom:1px solid var(--line)}
        table{width:100%;border-collapse:collapse;font-size:.9375rem}
        th,td{padding:9px 18px;border-top:1px solid var(--line);text-align:left;vertical-align:baseline}
        thead th{border-top:0;color:var(--quiet);font-size:.8125rem;font-weight:600;vertical-align:bottom}
        tbody th{color:var(--ink);font-weight:500;min-width:7em}
        .number{text-align:right;white-space:nowrap}
        .best{color:var(--blue);font-weight:700}
        dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,260px),1fr));gap:0 32px;margin:20px 0;padding:8px 18px 10px;font-size:.9375rem}
        dl>div{display:flex;justify-content:space-between;gap:16px;padding:5px 0}
        dt{color:var(--quiet)}
        dd{margin:0;color:var(--ink);text-align:right;overflow-wrap:anywhere}
        .note{margin:20px 0;padding:11px 16px 12px;max-width:none;border-left:4px solid var(--blue);border-radius:4px 10px 10px 4px;background:var(--note)}
        .note b{margin-right:6px;color:var(--blue)}
        .warning{border-color:var(--amber);background:var(--warning)}
        .warning b{color:var(--amber)}
        details{margin:20px 0;padding:0 18px}
        summary{margin:0 -18px;padding:12px 18px;color:var(--ink);font-weight:600;cursor:pointer;border-radius:10px}
        summary:focus-visible{outline:2px solid var(--blue)}
        details[open]{padding-bottom:6px}
        details h2{margin:20px 0 8px;font-size:1.05rem}
        details dl,details .table,details .card,details .figures>div{margin:8px 0 16px;border-color:transparent}
        details .table,details .card{margin-inline:-10px}
        details dl{padding:0}
        footer{margin-top:48px;padding-top:14px;border-top:1px solid var(--line);color:var(--quiet);font-size:.8125rem}
        #reading{position:absolute;z-index:1;left:0;top:0;padding:7px 11px;max-width:min(320px,90vw);border:1px solid var(--line);border-radius:8px;background:var(--card);color:var(--text);box-shadow:0 4px 16px #0003;font-size:.8125rem;line-height:1.5;pointer-events:none}
        #reading b{color:var(--ink)}
        #reading div{display:flex;gap:14px;justify-content:space-between}
        #reading div span:first-child{overflow:hidden;white-space:nowrap;text-overflow:ellipsis;color:var(--quiet)}
        @media screen and (max-width:680px){.wide{display:none}.narrow{display:block}th,td{padding-inline:12px}.table>figcaption{padding-inline:12px}.figures{grid-template-columns:repeat(auto-fit,minmax(min(100%,140px),1fr))}.figures>div{padding:12px 14px}.figures strong{font-size:1.4rem}}
        @media print{@page{margin:16mm}body{background:#fff;font-size:11pt}main{max-width:none;padding:0}.card,.table,.figures>div,.note{break-inside:avoid}.figures{grid-template-columns:repeat(auto-fit,minmax(120px,1fr))}h2{break-after:avoid}#reading{display:none}}

        """.Replace("\r\n", "\n", StringComparison.Ordinal);
}
