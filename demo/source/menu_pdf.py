"""Writes the menu as a two-page PDF: English, then the same dishes in Arabic.

WeasyPrint maps every shaped glyph back to its letters, so the Arabic is text that can be searched and copied.
"""

from html import escape
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from .menu_data import CURRENCY, LEGEND, MARKS, SECTIONS, Dish

STYLE = """
@page { size: A4; margin: 10mm 15mm 8mm }
* { box-sizing: border-box }
body { margin: 0; font: 9.3pt/1.35 "Noto Sans", sans-serif; color: #2b2620; font-variant-ligatures: none }
[lang=ar] { font-family: "Noto Naskh Arabic", serif; font-size: 9.6pt; line-height: 1.5; direction: rtl }
.page + .page { break-before: page }
h1 { margin: 0; font-size: 21pt; color: #8a3b12 }
h2 { margin: 2.2mm 0 .5mm; padding-bottom: .5mm; font-size: 12pt; color: #8a3b12; border-bottom: .4pt solid #d8c3a5 }
p { margin: .8mm 0 }
table { width: 100%; border-collapse: collapse }
td { padding: .8mm 0; vertical-align: baseline }
[lang=ar] td { padding: .42mm 0 }
.dish { font-weight: bold }
.about { color: #6b6157; font-weight: normal }
.marks { width: 33%; padding: 0 3mm; color: #4a6b2a; white-space: nowrap }
.price { width: 16mm; text-align: end; white-space: nowrap; font-weight: bold }
.legend { margin-top: 3mm; padding: 1.6mm 3mm; background: #f7f0e4; font-size: .9em }
.legend p { margin: .3mm 0 }
"""

WORDS = {
    "en": {
        "title": "Bayt Falafel: menu",
        "lead": "Levantine kitchen in Riyadh and Jeddah. Prices are in Saudi riyals (SAR) and include 15% VAT. Valid from 1 March 2025.",
        "legend": "Dietary marks",
        "note": "All our meat is halal. Our kitchens handle wheat, milk, egg, sesame, nuts and fish, so please tell us about any allergy.",
    },
    "ar": {
        "title": "بيت فلافل: قائمة الطعام",
        "lead": "مطبخ شامي في الرياض وجدة. الأسعار بالريال السعودي وتشمل ضريبة القيمة المضافة ١٥٪. سارية من ١ مارس ٢٠٢٥.",
        "legend": "العلامات الغذائية",
        "note": "جميع لحومنا حلال. تستخدم في مطابخنا القمح والحليب والبيض والسمسم والمكسرات والسمك، فنرجو إبلاغنا بأي حساسية.",
    },
}

ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def write(path: Path) -> None:
    """Writes the menu to `path`."""
    pages = "".join(_page(language) for language in ("en", "ar"))
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bayt Falafel menu</title>'
        '<meta name="author" content="Bayt Falafel"><meta name="dcterms.created" content="2025-03-01T00:00:00Z">'
        f"</head><body>{pages}</body></html>"
    )
    fonts = FontConfiguration()
    HTML(string=html).write_pdf(path, stylesheets=[CSS(string=STYLE, font_config=fonts)], font_config=fonts)


def _page(language: str) -> str:
    words = WORDS[language]
    sections = "".join(_section(language, english, arabic, dishes) for english, arabic, dishes in SECTIONS)
    return (
        f'<div class="page" lang="{language}"><h1>{words["title"]}</h1><p>{words["lead"]}</p>{sections}'
        f'<div class="legend"><p><b>{words["legend"]}</b></p>{_legend(language)}<p>{words["note"]}</p></div></div>'
    )


def _section(language: str, english: str, arabic: str, dishes: list[Dish]) -> str:
    heading = english if language == "en" else arabic
    rows = "".join(_row(language, dish) for dish in dishes)
    return f"<h2>{heading}</h2><table>{rows}</table>"


def _row(language: str, dish: Dish) -> str:
    name, about = (dish.name, dish.about) if language == "en" else (dish.name_ar, dish.about_ar)
    price = f"{dish.price} {CURRENCY[language]}"
    if language == "ar":
        price = price.translate(ARABIC_DIGITS)
    return (
        f'<tr><td class="dish">{escape(name)} <span class="about">– {escape(about)}</span></td>'
        f'<td class="marks">{_marks(language, dish)}</td><td class="price">{price}</td></tr>'
    )


def _marks(language: str, dish: Dish) -> str:
    index, comma = (0, ", ") if language == "en" else (1, "، ")
    return comma.join(MARKS[mark][index] for mark in dish.marks.split())


def _legend(language: str) -> str:
    index = 0 if language == "en" else 1
    return "".join(f"<p><b>{MARKS[mark][index]}</b>: {(english, arabic)[index]}</p>" for mark, english, arabic in LEGEND)
