namespace NegSamples.Report;

/// <summary>How the page looks. The figures take their colours from the variables <c>--figure-*</c>.</summary>
internal static class HtmlStyle
{
    public const string Sheet = """
        :root {
          --page: #f6f6f4; --card: #ffffff; --text: #1d2127; --muted: #5f6873; --line: #e2e4e7; --accent: #1f5fa8; --weak: #858d96;
          --warning-line: #d9a441; --code: #f1f2f3; --shade: #0000001c;
          --figure-text: var(--text); --figure-grid: var(--line); --figure-background: var(--card);
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #121518; --card: #1a1e22; --text: #e4e7ea; --muted: #9ba5af; --line: #30363d; --accent: #7ab3f0; --weak: #7d8791;
            --warning-line: #b58a3a; --code: #22272c; --shade: #00000080;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
        body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        header, main { max-width: 78rem; margin: 0 auto; padding: 0 1.5rem; }
        header { padding-top: 3rem; }
        .kicker { margin: 0; color: var(--accent); font-size: .8rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; }
        h1 { margin: .2rem 0 0; font-size: 2.1rem; font-weight: 650; line-height: 1.2; letter-spacing: -.015em; overflow-wrap: anywhere; }
        h2 { margin: 0 0 .5rem; font-size: 1.3rem; font-weight: 620; line-height: 1.3; letter-spacing: -.005em; }
        .subtitle { margin: .5rem 0 1.2rem; color: var(--muted); }
        nav { display: flex; flex-wrap: wrap; gap: .4rem 1.3rem; padding: .7rem 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); font-size: .92rem; }
        a { color: var(--accent); text-decoration: none; }
        a:hover { text-decoration: underline; }
        section { margin: 2.8rem 0; }
        section.card { margin: 1.8rem 0; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.3rem 1.5rem; margin: 1.2rem 0; min-width: 0; }
        .warning { border-left: 4px solid var(--warning-line); }
        .warning p { margin: 0 0 .5rem; color: var(--muted); }
        .text { max-width: 46rem; margin: .4rem 0; overflow-wrap: anywhere; }
        ul { margin: 0; padding-left: 1.2rem; }
        li { margin: .35rem 0; overflow-wrap: anywhere; }
        .findings { max-width: 52rem; }
        .figures { display: grid; grid-template-columns: 1fr 1fr; gap: 1.2rem; margin: 1.2rem 0; }
        figure.card { grid-column: 1 / -1; margin: 0; position: relative; }
        .point {
          position: absolute; z-index: 1; max-width: 24rem; padding: .25rem .6rem; border-radius: 6px; background: var(--text); color: var(--card);
          font-size: .8rem; overflow-wrap: anywhere; pointer-events: none;
        }
        figure.half { grid-column: auto; }
        figure svg { display: block; width: 100%; height: auto; margin: 0 auto; }
        figcaption, .note { margin: .8rem 0 0; color: var(--muted); font-size: .86rem; line-height: 1.5; max-width: 52rem; }
        .caption { margin: 0 0 .7rem; font-weight: 600; font-size: .95rem; }
        .scroll {
          overflow-x: auto;
          background: linear-gradient(to left, var(--card) 30%, transparent) right / 2.5rem 100% no-repeat local, linear-gradient(to left, var(--shade), transparent) right / .8rem 100% no-repeat scroll;
        }
        pre.scroll { background: var(--code); }
        .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        table { border-collapse: collapse; width: 100%; font-size: .88rem; line-height: 1.35; }
        th, td { padding: .45rem .9rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
        tr:last-child > * { border-bottom: 0; }
        thead th { color: var(--muted); font-weight: 600; white-space: nowrap; border-bottom: 2px solid var(--line); vertical-align: bottom; }
        th:first-child { position: sticky; left: 0; background: var(--card); padding-left: 0; }
        tbody th { font-weight: 400; min-width: 11rem; max-width: 19rem; }
        .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .number:last-child { padding-right: 0; }
        .words { color: var(--muted); min-width: 7.5rem; }
        .group th { padding-top: 1.3rem; color: var(--accent); font-weight: 600; max-width: none; }
        .group span { position: sticky; left: 0; }
        td small { display: block; color: var(--muted); font-size: .78rem; }
        td em { color: var(--weak); }
        sub { font-size: .72em; line-height: 0; }
        dl { display: grid; gap: .55rem; margin: 0 0 1.4rem; }
        dl > div { display: grid; grid-template-columns: 8rem 1fr; gap: 1rem; }
        dt { color: var(--muted); }
        dd { margin: 0; overflow-wrap: anywhere; }
        pre { margin: 0; padding: .9rem 1rem; border-radius: 8px; font: .82rem/1.6 ui-monospace, "Cascadia Code", Consolas, "Liberation Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
        @media (max-width: 46rem) {
          header, main { padding: 0 1rem; }
          header { padding-top: 1.6rem; }
          h1 { font-size: 1.6rem; }
          section { margin: 2.2rem 0; }
          .card { padding: 1rem; border-radius: 8px; }
          .figures { grid-template-columns: 1fr; }
          figure.card:not(.half) svg { min-width: 38rem; }
          tbody th { min-width: 8.5rem; max-width: 9.5rem; }
          th, td { padding: .45rem .6rem; }
          dl > div { grid-template-columns: 1fr; gap: 0; }
        }
        @media print { body { background: #fff; } .card { break-inside: avoid; } nav { display: none; } }
        """;
}
