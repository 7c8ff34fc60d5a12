/** The one style sheet of all server-rendered pages. */
export const STYLES = `
:root{color-scheme:light dark;--bg:#f4f5f7;--card:#fff;--text:#1a1f2b;--quiet:#59616f;--line:#d5d9e0;--accent:#2450c8;--accent-text:#fff;--bad:#b3261e;--bad-bg:#fdecea;--focus:#2450c8}
@media(prefers-color-scheme:dark){:root{--bg:#12151b;--card:#1b1f27;--text:#e8eaef;--quiet:#a3abb9;--line:#3a414d;--accent:#8fb0ff;--accent-text:#0d1424;--bad:#ffb4ab;--bad-bg:#3b1714;--focus:#8fb0ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem 1rem;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{width:100%;max-width:26rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:2rem 1.5rem;overflow-wrap:anywhere}
.brand{margin:0 0 1rem;font-weight:600;color:var(--quiet);letter-spacing:.01em}
h1{font-size:1.375rem;line-height:1.25;margin:0 0 .5rem}
p{margin:.5rem 0}
.quiet{color:var(--quiet);font-size:.875rem}
.detail{border-left:3px solid var(--line);padding-left:.75rem;color:var(--quiet)}
.alert{background:var(--bad-bg);color:var(--bad);border-radius:.5rem;padding:.625rem .75rem}
label{display:block;font-weight:600;margin:1rem 0 .25rem}
input[type=text],input[type=password],input[type=email]{width:100%;font:inherit;color:inherit;background:transparent;border:1px solid var(--quiet);border-radius:.5rem;padding:.625rem .75rem}
button,.button{display:inline-block;text-align:center;text-decoration:none;width:100%;font:inherit;font-weight:600;border-radius:.5rem;border:1px solid var(--accent);background:var(--accent);color:var(--accent-text);padding:.6875rem 1rem;margin-top:.75rem;cursor:pointer}
button.plain,.button.plain{background:transparent;color:var(--accent)}
form>button:first-of-type{margin-top:1.5rem}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
ul{padding-left:1.25rem;margin:.75rem 0}
li{margin:.375rem 0}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0}
dt{color:var(--quiet)}
dd{margin:0}
pre{overflow:auto;background:var(--bg);border-radius:.5rem;padding:.75rem;font-size:.875rem}
`;
