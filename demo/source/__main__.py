"""`python -m source`: writes every generated document under `documents/<tenant slug>/`."""

from pathlib import Path

from . import bayt_falafel, docx_file, menu_pdf, noor_homes, sindbad_books, xlsx_file

DOCUMENTS = Path(__file__).resolve().parent.parent / "documents"


def main() -> None:
    for slug in ("bayt-falafel", "noor-homes", "sindbad-books"):
        (DOCUMENTS / slug).mkdir(parents=True, exist_ok=True)

    menu_pdf.write(DOCUMENTS / "bayt-falafel/menu.pdf")
    docx_file.write(DOCUMENTS / "bayt-falafel/reservations-and-allergies.docx", bayt_falafel.POLICY)
    docx_file.write(DOCUMENTS / "noor-homes/tenant-handbook.docx", noor_homes.HANDBOOK)
    xlsx_file.write(DOCUMENTS / "noor-homes/rents.xlsx", noor_homes.RENTS)
    xlsx_file.write(DOCUMENTS / "sindbad-books/price-list.xlsx", sindbad_books.PRICES)

    for path in sorted(DOCUMENTS.glob("*/*")):
        print(f"{path.relative_to(DOCUMENTS.parent)}  {path.stat().st_size:,} bytes")


main()
