//! The words that restaurants, property managers and shops are made up of.

/// A line of business.
#[derive(Debug)]
pub(super) struct Theme {
    /// Two words make a name.
    pub(super) names: [&'static [&'static str]; 2],
    /// What a price list is called.
    pub(super) list: &'static str,
    /// The headings of its halves.
    pub(super) halves: [&'static str; 2],
    /// The heading of the column of items.
    pub(super) column: &'static str,
    /// Two words make an item.
    pub(super) items: [&'static [&'static str]; 2],
    /// What the cheapest item costs at least, in riyals.
    pub(super) cheapest: usize,
    pub(super) rules: &'static [Rule],
}

/// A question that is often asked.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) question: &'static str,
    /// The answer, with `{}` for a number and its unit.
    pub(super) statement: &'static str,
    pub(super) unit: &'static str,
}

pub(super) const PLACES: [&str; 10] = [
    "Olaya",
    "Tahlia",
    "Corniche",
    "Malqa",
    "Balad",
    "Hamra",
    "Rawdah",
    "Sulaymaniyah",
    "Yasmin",
    "Diriyah",
];

pub(super) const THEMES: [Theme; 3] = [
    Theme {
        names: [
            &["Saffron", "Cedar", "Jasmine", "Copper", "Harbour", "Olive"],
            &["Kitchen", "Grill", "Table", "Garden", "Oven"],
        ],
        list: "menu",
        halves: ["Starters", "Main courses"],
        column: "Dish",
        items: [
            &[
                "Smoked", "Grilled", "Roasted", "Pickled", "Stuffed", "Crispy", "Spiced", "Braised",
            ],
            &[
                "aubergine",
                "lamb",
                "chicken",
                "okra",
                "halloumi",
                "shrimp",
                "cauliflower",
                "vine leaves",
            ],
        ],
        cheapest: 9,
        rules: &[
            Rule {
                question: "How much is delivery?",
                statement: "Delivery costs {}",
                unit: "SAR",
            },
            Rule {
                question: "How big is the largest group you can seat?",
                statement: "The largest group we can seat is {}",
                unit: "guests",
            },
            Rule {
                question: "How long before the visit can I cancel a booking?",
                statement: "A booking can be cancelled up to {} before the visit",
                unit: "hours",
            },
            Rule {
                question: "How much is the deposit for a birthday party?",
                statement: "The deposit for a birthday party is {}",
                unit: "SAR",
            },
        ],
    },
    Theme {
        names: [
            &["Palm", "Marina", "Noor", "Skyline", "Oasis", "Najd"],
            &["Homes", "Residences", "Estates", "Living", "Properties"],
        ],
        list: "rents",
        halves: ["North side", "South side"],
        column: "Home",
        items: [
            &[
                "Furnished",
                "Sunny",
                "Renovated",
                "Corner",
                "Duplex",
                "Rooftop",
                "Lakeside",
                "Quiet",
            ],
            &[
                "studio",
                "villa",
                "penthouse",
                "townhouse",
                "bungalow",
                "apartment",
                "loft",
                "cottage",
            ],
        ],
        cheapest: 190,
        rules: &[
            Rule {
                question: "How much is a parking space?",
                statement: "A parking space costs {} a month",
                unit: "SAR",
            },
            Rule {
                question: "How much notice do I give before moving out?",
                statement: "Give notice {} before moving out",
                unit: "days",
            },
            Rule {
                question: "How soon is a broken air conditioner repaired?",
                statement: "A broken air conditioner is repaired within {}",
                unit: "hours",
            },
            Rule {
                question: "How much is a replacement key?",
                statement: "A replacement key costs {}",
                unit: "SAR",
            },
        ],
    },
    Theme {
        names: [
            &[
                "Sindbad", "Lantern", "Walnut", "Indigo", "Compass", "Falcon",
            ],
            &["Books", "Store", "Bazaar", "Market", "Trading"],
        ],
        list: "price list",
        halves: ["For the home", "For travelling"],
        column: "Article",
        items: [
            &[
                "Walnut", "Leather", "Brass", "Linen", "Ceramic", "Woven", "Engraved", "Folding",
            ],
            &[
                "lamp",
                "notebook",
                "basket",
                "mirror",
                "backpack",
                "chessboard",
                "tray",
                "umbrella",
            ],
        ],
        cheapest: 25,
        rules: &[
            Rule {
                question: "How many days do I have to return an article?",
                statement: "You have {} to return an article",
                unit: "days",
            },
            Rule {
                question: "How much is express shipping?",
                statement: "Express shipping costs {}",
                unit: "SAR",
            },
            Rule {
                question: "How long is the warranty on watches?",
                statement: "The warranty on watches lasts {}",
                unit: "months",
            },
            Rule {
                question: "How much does gift wrapping cost?",
                statement: "Gift wrapping costs {}",
                unit: "SAR",
            },
        ],
    },
];
