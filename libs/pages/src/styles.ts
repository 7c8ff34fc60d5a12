/** The one style sheet of all server-rendered pages. Every pair of colours has a contrast of 4.5 or more (WCAG 1.4.3). */
export const STYLES = `
:root{color-scheme:light dark;--bg:#eef1f6;--card:#fff;--text:#161b26;--quiet:#545d6e;--line:#dce1ea;--field:#8a93a5;--accent:#2f55c9;--accent-strong:#2546ad;--accent-text:#fff;--tint:#f3f6fd;--bad:#a5211a;--bad-bg:#fdeeec;--shadow:0 1px 2px rgb(22 27 38/.06),0 8px 32px rgb(22 27 38/.08)}
@media(prefers-color-scheme:dark){:root{--bg:#0e1117;--card:#171b23;--text:#e9ecf2;--quiet:#a5aebd;--line:#2b323e;--field:#6d7789;--accent:#9db7ff;--accent-strong:#b7caff;--accent-text:#0c1530;--tint:#1d2430;--bad:#ffb3aa;--bad-bg:#3a1916;--shadow:none}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;align-items:center;padding:1rem;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{width:100%;max-width:27rem;margin:auto;background:var(--card);border:1px solid var(--line);border-radius:1rem;box-shadow:var(--shadow);padding:1.75rem 1.5rem;overflow-wrap:anywhere}
.brand{display:flex;align-items:center;gap:.5rem;margin:0 0 1.25rem;font-weight:600;font-size:.9375rem;color:var(--quiet)}
.brand svg{flex:none;width:1.375rem;height:1.375rem;color:var(--accent)}
h1{font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.01em;margin:0 0 .5rem;text-wrap:balance}
h2{font-size:1.0625rem;line-height:1.3;margin:1.5rem 0 .5rem}
p{margin:.5rem 0}
p .button{margin:1rem 0 .5rem}
.quiet{color:var(--quiet);font-size:.875rem}
.quiet strong{color:var(--text);font-weight:600}
.lead{color:var(--quiet);margin:0 0 1.25rem}
.lead strong{color:var(--text);font-weight:600}
.detail{background:var(--tint);border-radius:.5rem;padding:.75rem .875rem;margin:1rem 0;font-size:.875rem}
.alert{background:var(--bad-bg);color:var(--bad);border-radius:.5rem;padding:.75rem .875rem;margin:1rem 0;font-weight:500}
label{display:block;font-weight:600;font-size:.9375rem;margin:1rem 0 .375rem}
input[type=text],input[type=password],input[type=email]{width:100%;min-height:2.875rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--field);border-radius:.5rem;padding:.5rem .75rem}
input[aria-invalid=true]{border-color:var(--bad)}
fieldset{border:0;margin:1rem 0 0;padding:0;min-width:0}
legend{padding:0;margin:0 0 .375rem;font-weight:600;font-size:.9375rem}
label.check{display:flex;align-items:center;gap:.625rem;min-height:2.75rem;margin:0;font-weight:400;font-size:1rem}
input[type=checkbox]{flex:none;width:1.5rem;height:1.5rem;margin:0;font:inherit;accent-color:var(--accent)}
input:focus-visible{outline:3px solid var(--accent);outline-offset:0;border-color:transparent}
button,.button{display:block;width:100%;min-height:2.875rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;border-radius:.5rem;border:1px solid var(--accent);background:var(--accent);color:var(--accent-text);padding:.5625rem 1rem;margin-top:.75rem;cursor:pointer}
button:hover,.button:hover{background:var(--accent-strong);border-color:var(--accent-strong)}
button.plain,.button.plain{background:transparent;border-color:var(--field);color:var(--text)}
button.plain:hover,.button.plain:hover{background:var(--tint)}
button.link{display:inline;width:auto;min-height:1.5rem;margin:0;padding:0;border:0;background:none;color:var(--accent);font-weight:600;text-decoration:underline;text-underline-offset:.15em}
button.link:hover{background:none;color:var(--accent-strong)}
form>button:first-of-type{margin-top:1.5rem}
form>button.link:first-of-type{margin-top:0;font-size:.9375rem;white-space:nowrap}
form+form>button:first-of-type{margin-top:.75rem}
.choices{display:grid;gap:.75rem;margin-top:1.25rem}
.choices button{margin:0}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
ul{padding-left:1.25rem;margin:.75rem 0}
li{margin:.375rem 0}
.scopes{list-style:none;padding:0;margin:.5rem 0 1rem;border:1px solid var(--line);border-radius:.75rem}
.scopes li{position:relative;margin:0;padding:.5rem .875rem .5rem 2.5rem}
.scopes li+li{border-top:1px solid var(--line)}
.scopes li::before{content:"";position:absolute;left:1.0625rem;top:.875rem;width:.3125rem;height:.625rem;border:solid var(--accent);border-width:0 .125rem .125rem 0;transform:rotate(45deg)}
.list{list-style:none;padding:0;margin:.5rem 0 1rem;border:1px solid var(--line);border-radius:.75rem}
.list li{display:flex;align-items:start;gap:.75rem;margin:0;padding:.75rem .875rem}
.list li+li{border-top:1px solid var(--line)}
.list p{flex:1;min-width:0;margin:0}
.list form,.list a{flex:none}
.list strong{font-weight:600}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.person{display:flex;align-items:center;gap:.75rem;background:var(--tint);border-radius:.75rem;padding:.625rem .875rem;margin:1rem 0}
.person .initial{flex:none;display:grid;place-items:center;width:2.25rem;height:2.25rem;border-radius:50%;background:var(--accent);color:var(--accent-text);font-weight:650}
.person p{flex:1;min-width:0;margin:0;line-height:1.3;font-weight:600}
.person p span{display:block;font-weight:400;font-size:.875rem;color:var(--quiet)}
input.code{font:600 1.25rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.08em;text-transform:uppercase}
.usercode{font:600 1.5rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.08em;text-align:center;margin:.75rem 0}
.qr{display:block;width:100%;max-width:13rem;height:auto;margin:1rem auto 0;border-radius:.5rem}
code{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.quiet code{font-size:.75rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0}
dt{color:var(--quiet)}
dd{margin:0;grid-column:2}
pre.secret{white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}
pre{overflow:auto;background:var(--tint);border-radius:.5rem;padding:.75rem;font-size:.875rem}
@media(min-width:30rem){body{padding:1.5rem 1rem}main{padding:2rem 2.25rem}.choices{grid-template-columns:1fr 1fr}}
@media(max-width:29.99rem){body{padding:0;background:var(--card)}main{margin:0;border:0;border-radius:0;box-shadow:none;max-width:none;padding:1.5rem 1.25rem 2rem}}
@media(forced-colors:active){.scopes li::before{border-color:CanvasText}}
`;
