"""The menu of Bayt Falafel. One list feeds both languages, so the two pages cannot disagree."""

from typing import NamedTuple

CURRENCY = {"en": "SAR", "ar": "ر.س"}

# Marks are spelt out on every line, so that a line read by itself still says what it is.
MARKS = {
    "vegan": ("vegan", "نباتي صرف"),
    "vegetarian": ("vegetarian", "نباتي"),
    "gluten-free": ("gluten-free", "خال من الغلوتين"),
    "nuts": ("contains nuts", "يحتوي على مكسرات"),
    "spicy": ("spicy", "حار"),
}

LEGEND = [
    ("vegan", "no meat, fish, egg, milk or honey", "بلا لحم ولا سمك ولا بيض ولا حليب ولا عسل"),
    ("vegetarian", "no meat or fish; may contain milk or egg", "بلا لحم ولا سمك، وقد يحتوي على حليب أو بيض"),
    ("gluten-free", "made without wheat, barley or rye", "محضر بلا قمح ولا شعير ولا جاودار"),
    ("nuts", "contains tree nuts or peanuts", "يحتوي على مكسرات أو فول سوداني"),
    ("spicy", "contains hot chilli", "يحتوي على فلفل حار"),
]


class Dish(NamedTuple):
    name: str
    about: str
    name_ar: str
    about_ar: str
    marks: str  # keys of MARKS, separated by spaces
    price: int  # whole SAR, VAT included


SECTIONS: list[tuple[str, str, list[Dish]]] = [
    ("Cold mezze", "مقبلات باردة", [
        Dish("Hummus Beiruti", "chickpeas, tahini, parsley, lemon", "حمص بيروتي", "حمص وطحينة وبقدونس وليمون", "vegan gluten-free", 18),
        Dish("Moutabal", "smoked aubergine, tahini, pomegranate", "متبل", "باذنجان مشوي وطحينة ورمان", "vegan gluten-free", 19),
        Dish("Muhammara", "red pepper, walnut, pomegranate molasses", "محمرة", "فلفل أحمر وجوز ودبس رمان", "vegan nuts", 21),
        Dish("Labneh with zaatar", "strained yoghurt, thyme, olive oil", "لبنة بالزعتر", "لبنة وزعتر وزيت زيتون", "vegetarian gluten-free", 17),
        Dish("Stuffed vine leaves", "rice, tomato, mint, lemon", "ورق عنب", "أرز وطماطم ونعناع وليمون", "vegan gluten-free", 22),
    ]),
    ("Salads and soup", "سلطات وشوربة", [
        Dish("Tabbouleh", "parsley, bulgur, tomato, mint", "تبولة", "بقدونس وبرغل وطماطم ونعناع", "vegan", 20),
        Dish("Fattoush", "garden salad, sumac, toasted bread", "فتوش", "خضار وسماق وخبز محمص", "vegan", 20),
        Dish("Halloumi salad", "grilled halloumi, rocket, fig", "سلطة حلوم", "حلوم مشوي وجرجير وتين", "vegetarian gluten-free", 29),
        Dish("Red lentil soup", "lentils, cumin, lemon", "شوربة عدس", "عدس أحمر وكمون وليمون", "vegan gluten-free", 16),
    ]),
    ("Falafel", "فلافل", [
        Dish("Falafel plate", "eight pieces, tahini, pickles, salad", "طبق فلافل", "ثماني حبات وطحينة ومخلل وسلطة", "vegan gluten-free", 32),
        Dish("Falafel wrap", "saj bread, tahini, turnip pickle", "سندويتش فلافل", "خبز صاج وطحينة ومخلل لفت", "vegan", 15),
        Dish("Stuffed falafel", "onion, sumac and chilli filling", "فلافل محشية", "حشوة بصل وسماق وشطة", "vegan gluten-free spicy", 27),
        Dish("Falafel with egg", "two fried eggs, tahini, saj bread", "فلافل بالبيض", "بيضتان مقليتان وطحينة وخبز صاج", "vegetarian", 24),
    ]),
    ("Hot mezze", "مقبلات ساخنة", [
        Dish("Batata harra", "potato, garlic, coriander, chilli", "بطاطا حرة", "بطاطس وثوم وكزبرة وفلفل حار", "vegan gluten-free spicy", 18),
        Dish("Cheese rolls", "filo, white cheese, parsley", "رقائق بالجبن", "عجين وجبن أبيض وبقدونس", "vegetarian", 20),
        Dish("Kibbeh", "bulgur shell, minced lamb, pine nuts", "كبة مقلية", "برغل ولحم غنم مفروم وصنوبر", "nuts", 26),
        Dish("Foul mudammas", "broad beans, cumin, garlic, olive oil", "فول مدمس", "فول وكمون وثوم وزيت زيتون", "vegan gluten-free", 17),
    ]),
    ("Mains", "أطباق رئيسية", [
        Dish("Shish taouk", "chicken skewers, garlic sauce, fries", "شيش طاووق", "أسياخ دجاج وصلصة ثوم وبطاطس", "gluten-free", 42),
        Dish("Lamb kofta", "minced lamb skewers, grilled tomato", "كفتة غنم", "أسياخ لحم غنم وطماطم مشوية", "gluten-free", 48),
        Dish("Chicken mandi", "smoked rice, chicken, almonds", "مندي دجاج", "أرز مدخن ودجاج ولوز", "gluten-free nuts", 46),
        Dish("Mujaddara", "lentils, rice, crisp onions", "مجدرة", "عدس وأرز وبصل مقرمش", "vegan gluten-free", 28),
        Dish("Okra stew", "okra, tomato, coriander, rice", "بامية", "بامية وطماطم وكزبرة مع أرز", "vegan gluten-free", 30),
        Dish("Grilled sea bass", "whole fish, lemon, tahini", "سمك قاروص مشوي", "سمكة كاملة وليمون وطحينة", "gluten-free", 69),
    ]),
    ("Desserts", "حلويات", [
        Dish("Knafeh", "warm cheese pastry, syrup, pistachio", "كنافة", "عجين بالجبن وقطر وفستق", "vegetarian nuts", 26),
        Dish("Baklava", "filo, butter, pistachio, syrup", "بقلاوة", "رقائق وسمن وفستق وقطر", "vegetarian nuts", 22),
        Dish("Date and tahini cake", "dates, tahini, sesame, no sugar", "كيكة التمر والطحينة", "تمر وطحينة وسمسم بلا سكر", "vegan", 19),
    ]),
]
