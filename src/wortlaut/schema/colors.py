"""Colours as a labeling config may give them: ``#rrggbb``, or a named colour of CSS.

The names are those of CSS Color 4, section 6.1 (https://www.w3.org/TR/css-color-4/#named-colors).
"""

from __future__ import annotations

import re

__all__ = ["is_color"]

_HEX = re.compile("#[0-9a-fA-F]{6}")
_NAMES = frozenset(
    """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood
    cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray
    darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen
    darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue
    firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew
    hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
    lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray
    lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue
    mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise mediumvioletred
    midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid
    palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple
    rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue
    slateblue slategray slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white
    whitesmoke yellow yellowgreen
    """.split()  # noqa: SIM905 - a list of 148 quoted names is no easier to read
)


def is_color(text: str) -> bool:
    """Say whether a text is a colour: six hexadecimal digits behind ``#``, or a name of CSS in any case.

    >>> is_color("#A9a9a9"), is_color("DarkRed"), is_color("#a9a"), is_color("dark red")
    (True, True, False, False)
    """
    return bool(_HEX.fullmatch(text)) or text.lower() in _NAMES
