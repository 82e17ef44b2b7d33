"""What Noor Homes tells the people who rent from it, and what its homes cost."""

from .docx_file import Bullets, Heading, Policy, Table
from .xlsx_file import MONEY, Sheet

HANDBOOK = Policy(
    title="Tenant handbook",
    author="Noor Homes",
    blocks=[
        "Welcome home. This handbook applies to Palm Court, Garden Towers and Marina View from 1 January 2025.",
        Heading("Rent and deposits"),
        Heading("Security deposit", 2),
        "The security deposit is one month's rent for an unfurnished home and two months' rent for a furnished one. "
        "We return it within 14 days of the move-out inspection, less the cost of damage beyond normal wear.",
        Heading("Paying the rent", 2),
        Bullets([
            "Rent is due on the 1st of each month and can be paid by bank transfer, card or direct debit.",
            "There is a grace period of 5 days. After that a late fee of 150 SAR is added.",
            "Paying twelve months in advance earns a discount of 5%.",
        ]),
        Heading("Maintenance"),
        "Report a problem by chat, by phone or in the resident app, with a photo if you can. Repairs of normal wear are free.",
        Heading("Response times", 2),
        Table(
            ["Priority", "Examples", "First response", "Repaired within"],
            [
                ["Emergency", "gas smell, burst pipe, no electricity, lift entrapment", "30 minutes, day and night", "4 hours"],
                ["Urgent", "no hot water, air conditioning failure, blocked toilet", "2 hours", "24 hours"],
                ["Normal", "dripping tap, broken blind, faulty socket", "1 working day", "5 working days"],
                ["Planned", "painting, door adjustment, garden work", "3 working days", "30 days"],
            ],
        ),
        "In an emergency call 800 555 0142 at any hour. For a gas smell leave the home first, and do not use switches.",
        Heading("Living together"),
        Heading("Quiet hours", 2),
        "Quiet hours are from 22:00 to 07:00, and from 14:00 to 16:00 on Fridays. Drilling and moving furniture are allowed "
        "only from 09:00 to 18:00, Saturday to Thursday.",
        Heading("Pets", 2),
        "Up to two cats or one dog under 12 kg are allowed with a pet agreement and a refundable pet deposit of 1,000 SAR. "
        "Dogs are kept on a lead in shared areas. Exotic animals are not allowed.",
        Heading("Parking", 2),
        "Each home has one free covered space. A second space costs 250 SAR a month where available. Visitors may park for up "
        "to 24 hours with a visitor code from the resident app.",
        Heading("Smoking and barbecues", 2),
        "Smoking is not allowed in lifts, corridors and car parks. Charcoal barbecues are allowed only in the marked garden areas.",
        Heading("Pool and gym", 2),
        "The pool is open from 06:00 to 22:00 and the gym from 05:00 to 23:00. Children under 12 need an adult with them.",
        Heading("Moving in and out"),
        Table(
            ["Step", "When", "Who"],
            [
                ["Book the service lift", "3 days before moving", "tenant, in the resident app"],
                ["Inspection and key handover", "on the moving day", "tenant and building manager"],
                ["Notice to end the lease", "60 days before the end", "tenant, in writing"],
                ["Move-out inspection", "in the last 3 days of the lease", "building manager"],
                ["Deposit returned", "within 14 days of the inspection", "Noor Homes accounts"],
            ],
        ),
        Heading("Ending a lease early", 2),
        "A lease can be ended early after six months with 60 days' notice and a fee of one month's rent.",
        Heading("Lost keys"),
        "A replacement key costs 75 SAR and a replacement access card 100 SAR. Opening a door outside office hours costs 200 SAR.",
    ],
)

_HOMES = ["Building", "Home type", "Area (m²)", "Furnished", "Monthly rent", "Security deposit", "Available from"]
_EXTRAS = ["Item", "Building", "Monthly price", "Notes"]

RENTS = [
    Sheet(
        "Homes",
        _HOMES,
        [
            ["Palm Court", "Studio", 42, "no", 2600, 2600, "1 April 2025"],
            ["Palm Court", "1 bedroom", 61, "no", 3400, 3400, "now"],
            ["Palm Court", "2 bedrooms", 88, "no", 4700, 4700, "1 May 2025"],
            ["Palm Court", "2 bedrooms", 88, "yes", 5600, 11200, "now"],
            ["Garden Towers", "1 bedroom", 66, "no", 3900, 3900, "now"],
            ["Garden Towers", "2 bedrooms", 97, "no", 5300, 5300, "15 April 2025"],
            ["Garden Towers", "3 bedrooms", 134, "no", 7100, 7100, "now"],
            ["Garden Towers", "3 bedrooms", 134, "yes", 8400, 16800, "1 June 2025"],
            ["Marina View", "Studio", 48, "yes", 3800, 7600, "now"],
            ["Marina View", "2 bedrooms", 104, "yes", 7900, 15800, "1 April 2025"],
            ["Marina View", "4 bedroom penthouse", 212, "yes", 16500, 33000, "now"],
        ],
        {"Monthly rent": MONEY, "Security deposit": MONEY},
    ),
    Sheet(
        "Parking and storage",
        _EXTRAS,
        [
            ["First covered parking space", "all buildings", 0, "one per home, included in the rent"],
            ["Second covered parking space", "all buildings", 250, "where available"],
            ["Electric car charging space", "Garden Towers", 320, "electricity included up to 150 kWh"],
            ["Storage room, small (2 m²)", "Palm Court", 120, ""],
            ["Storage room, large (5 m²)", "Garden Towers", 220, ""],
            ["Boat trailer space", "Marina View", 400, "up to 7 m"],
        ],
        {"Monthly price": MONEY},
    ),
]
