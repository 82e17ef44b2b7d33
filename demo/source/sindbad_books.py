"""What Sindbad Books sells. Every title, author and ISBN-like code is invented."""

from .xlsx_file import MONEY, PERCENT, Sheet

_BOOKS = ["Code", "Title", "Author", "Language", "Category", "Format", "Price", "Member discount", "In stock"]
_GIFTS = ["Code", "Item", "Description", "Price", "Gift wrapping", "In stock"]

PRICES = [
    Sheet(
        "Books",
        _BOOKS,
        [
            ["SB-1001", "The Lighthouse of Basra", "Huda Karim", "English", "Novel", "Paperback", 59, 0.10, 24],
            ["SB-1002", "منارة البصرة", "هدى كريم", "Arabic", "Novel", "Paperback", 52, 0.10, 31],
            ["SB-1003", "Seven Short Voyages", "Omar Haddad", "English", "Short stories", "Paperback", 48, 0.10, 12],
            ["SB-1004", "A Garden in the Najd", "Layla Mansour", "English", "Memoir", "Hardback", 95, 0.10, 7],
            ["SB-1005", "حكايات الجدة سلمى", "سلمى العتيبي", "Arabic", "Children", "Hardback", 45, 0.15, 40],
            ["SB-1006", "Grandmother Salma's Tales", "Salma Al Otaibi", "English", "Children", "Hardback", 49, 0.15, 36],
            ["SB-1007", "Counting Camels", "Noura Saleh", "English and Arabic", "Children", "Board book", 35, 0.15, 58],
            ["SB-1008", "The Spice Route Kitchen", "Yusuf Rahman", "English", "Cookery", "Hardback", 129, 0.05, 9],
            ["SB-1009", "مطبخ البيت", "ريم الشامي", "Arabic", "Cookery", "Paperback", 78, 0.05, 15],
            ["SB-1010", "Stars Over the Empty Quarter", "Faisal Nasser", "English", "Science", "Hardback", 110, 0.05, 6],
            ["SB-1011", "Everyday Arabic Calligraphy", "Mariam Said", "English and Arabic", "Art", "Spiral-bound", 88, 0.05, 18],
            ["SB-1012", "First Steps in Programming", "Ali Jaber", "English", "Computing", "Paperback", 99, 0.05, 0],
            ["SB-1013", "ديوان الرمل", "خالد المطيري", "Arabic", "Poetry", "Paperback", 39, 0.10, 21],
            ["SB-1014", "Sand: Collected Poems", "Khalid Al Mutairi", "English", "Poetry", "Paperback", 42, 0.10, 14],
        ],
        {"Price": MONEY, "Member discount": PERCENT},
    ),
    Sheet(
        "Gifts",
        _GIFTS,
        [
            ["SG-201", "Brass bookmark", "engraved with up to 12 letters", 25, "free", 120],
            ["SG-202", "Leather journal", "160 blank pages, camel leather", 85, "free", 33],
            ["SG-203", "Reading lamp", "clip-on, rechargeable by USB-C", 69, "10 SAR", 17],
            ["SG-204", "Calligraphy set", "three reed pens, ink, practice book", 119, "10 SAR", 8],
            ["SG-205", "Map of Sindbad's voyages", "framed print, 50 × 70 cm", 180, "15 SAR", 5],
            ["SG-206", "Gift card", "from 50 to 1,000 SAR, valid for two years", 50, "free", 500],
            ["SG-207", "Story box for children", "two picture books and a soft toy", 139, "free", 11],
        ],
        {"Price": MONEY},
    ),
]
