"""What Bayt Falafel tells its guests about reservations and allergies. Dishes and prices are in `menu_data`."""

from .docx_file import Bullets, Heading, Policy, Table

POLICY = Policy(
    title="Reservations and allergy policy",
    author="Bayt Falafel",
    blocks=[
        "This policy applies to all four Bayt Falafel branches in Riyadh and Jeddah from 1 March 2025.",
        Heading("Reservations"),
        "Tables for up to 8 guests can be reserved by chat, by WhatsApp or by phone, from two hours to thirty days ahead. "
        "For 9 guests or more, please call the branch; we will confirm within one working day.",
        Heading("Holding a table", 2),
        "We hold a reserved table for 15 minutes. After that it may be given to other guests unless you have told us that you are late.",
        Heading("Group deposits", 2),
        "Groups of 12 or more pay a deposit of 50 SAR per guest, which is taken off the bill.",
        Heading("Changes and cancellations", 2),
        Bullets([
            "Reservations without a deposit can be cancelled free of charge at any time.",
            "A deposit is returned in full when you cancel at least 24 hours before the reservation.",
            "Within 24 hours the deposit is not returned, but can be moved once to another date within 60 days.",
        ]),
        Heading("Seating"),
        Table(
            ["Area", "Seats", "Minimum spend", "Reservation needed"],
            [
                ["Main hall", "2 to 8", "none", "no"],
                ["Family section", "2 to 12", "none", "at weekends"],
                ["Terrace (Corniche branch only)", "2 to 6", "80 SAR per guest", "yes"],
                ["Private room (Olaya branch only)", "10 to 24", "1,500 SAR", "yes, 48 hours ahead"],
            ],
        ),
        Heading("Allergies"),
        "Please tell us about any allergy when you reserve and again when you order. The kitchen manager will tell you which dishes are safe.",
        Heading("What our dishes contain", 2),
        Table(
            ["Allergen", "Dishes that contain it"],
            [
                ["Sesame (tahini)", "Hummus Beiruti, Moutabal, Falafel plate, Falafel wrap, Stuffed falafel, Falafel with egg, Grilled sea bass, Date and tahini cake"],
                ["Tree nuts", "Muhammara (walnut), Kibbeh (pine nuts), Chicken mandi (almonds), Knafeh and Baklava (pistachio)"],
                ["Milk", "Labneh with zaatar, Halloumi salad, Cheese rolls, Knafeh, Baklava"],
                ["Egg", "Falafel with egg"],
                ["Wheat (gluten)", "Muhammara, Tabbouleh, Fattoush, Falafel wrap, Falafel with egg, Cheese rolls, Kibbeh, Knafeh, Baklava, Date and tahini cake"],
                ["Fish", "Grilled sea bass"],
            ],
        ),
        Heading("Shared kitchens", 2),
        "Falafel is fried in its own fryer, which is used for gluten-free and vegan dishes only. Grills and ovens are shared, "
        "so we cannot promise that a dish is free of traces of nuts, sesame, milk or wheat.",
        Heading("Bringing your own food"),
        "Baby food and birthday cakes are welcome. Other food and drinks from outside are not served in the restaurant.",
    ],
)
