"""How the exported web page looks: in the window's colours, in light, in dark and on paper."""

from __future__ import annotations

_LIGHT = """\
--surface: #ffffff; --text: #1d1f21; --muted: #565b60; --hairline: #e3e3df; --accent: #0b6b74;
--accent-soft: #e2f0f1; --code: #f4f4f1; --danger-soft: #fbeceb;
--keyword: #8a4b9a; --string: #357135; --number: #93520c; --comment: #5f6b5f;"""
_DARK = """\
--surface: #1f2224; --text: #e6e7e8; --muted: #abb1b6; --hairline: #2f3336; --accent: #63c3cc;
--accent-soft: #1d3437; --code: #17191b; --danger-soft: #3a2220;
--keyword: #d7a3e6; --string: #9fd39f; --number: #e3b27a; --comment: #92a192;"""

PAGE_STYLE = f"""
:root {{ color-scheme: light dark; {_LIGHT} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
* {{ box-sizing: border-box; }}
body {{
  margin: 0; padding: 2rem 1.25rem 4rem; background: var(--surface); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere;
}}
main {{ max-width: 44rem; margin: 0 auto; }}
h1, h2, h3, h4, h5, h6 {{ line-height: 1.3; margin: 1.6em 0 .5em; break-after: avoid; }}
h1 {{ font-size: 1.6rem; margin-top: 0; }}
h2 {{ font-size: 1.3rem; }}
h3 {{ font-size: 1.12rem; }}
h4, h5, h6 {{ font-size: 1rem; }}
p, ul, ol, blockquote, pre, table {{ margin: .8em 0; }}
article + article {{ margin-top: 3rem; border-top: 1px solid var(--hairline); padding-top: 1rem; }}
a {{ color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .15em; }}
a.mark {{
  font-size: .78em; padding: 0 .35em; margin: 0 .1em; border-radius: .7em; text-decoration: none;
  background: var(--accent-soft); vertical-align: .1em; white-space: nowrap;
}}
.facts {{ color: var(--muted); font-size: .88rem; }}
.state {{ background: var(--danger-soft); padding: .6em .9em; border-radius: 6px; }}
.question, blockquote {{
  margin-inline: 0; padding-inline-start: 1em; border-inline-start: 3px solid var(--hairline);
}}
.question {{ white-space: pre-wrap; }}
li > p, li > ul, li > ol {{ margin: .25em 0; }}
ul, ol {{ padding-inline-start: 1.6em; }}
code, pre {{ font: .88em/1.5 ui-monospace, monospace; background: var(--code); }}
code {{ padding: .1em .3em; border-radius: 4px; }}
pre {{ padding: .8em 1em; border-radius: 6px; white-space: pre-wrap; tab-size: 4; }}
pre code {{ padding: 0; background: none; font-size: inherit; }}
.k {{ color: var(--keyword); }} .s {{ color: var(--string); }}
.n {{ color: var(--number); }} .c {{ color: var(--comment); }}
table {{ border-collapse: collapse; max-width: 100%; }}
th, td {{ border-bottom: 1px solid var(--hairline); text-align: start; }}
th, td {{ padding: .35em 1em .35em 0; }}
th {{ color: var(--muted); }}
.center {{ text-align: center; }} .right {{ text-align: right; }} .left {{ text-align: left; }}
hr {{ border: 0; border-top: 1px solid var(--hairline); margin: 1.6em 0; }}
.sources {{ list-style: none; padding: 0; font-size: .92rem; }}
.sources li {{ margin: .4em 0; padding-inline-start: 2.6em; text-indent: -2.6em; }}
.sources .number {{ display: inline-block; min-width: 2.6em; text-indent: 0; }}
.sources .number {{ color: var(--accent); }}
.sources li:target {{ background: var(--accent-soft); }}
.sources .facts {{ font-size: inherit; }}
footer {{ margin-top: 3rem; color: var(--muted); font-size: .82rem; }}
@media print {{
  @page {{ margin: 18mm; }}
  body {{ padding: 0; font-size: 10.5pt; }}
  main {{ max-width: none; }}
  pre, tr, .state, .sources li {{ break-inside: avoid; }}
  article .sources a[href]::after {{ content: " " attr(href); color: var(--muted); }}
}}
"""
