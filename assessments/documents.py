"""From a snapshot to a Word document: the self-assessment with one table a commitment, in the form that OGP receives.

The rows and their order are those of the appendix of a government's end-of-term report. Real headings, repeated table
heads, a language and a title make it readable aloud. What the IRM found stands apart, in a part of its own.
"""

import io
from datetime import UTC, datetime, time

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from .models import Snapshot
from .packages import plain, repacked
from .presentation import present
from .rendering import Made, nothing

LATIN_FONT, HANGUL_FONT = "Calibri", "Malgun Gothic"  # Word's own: nothing is embedded
LOCALES = {"en": "en-US", "ko": "ko-KR"}
WIDTH, LABELS = Mm(166), Mm(44)  # of the text, and of a form's first column
MARKED, UNMARKED = "☒", "☐"


def render_docx(snapshot: Snapshot, on_step=nothing, on_page=nothing) -> Made:
    """The snapshot as DOCX. The same snapshot gives the same bytes."""
    with translation.override(snapshot.language):
        on_step("text")
        context = present(snapshot)
        document = new_document(snapshot, context)
        write_cover(document, context)
        write_contents(document, context)
        for section in context["sections"]:
            write_section(document, section)
            on_page()
        for entry in context["entries"]:
            write_form(document, entry, is_first=entry is context["entries"][0])
            on_page()
        write_irm(document, context)
        write_links(document, context["links"]["rows"])
        write_sources(document, context["documents"])
    made = io.BytesIO()
    document.save(made)
    return Made(repacked(made.getvalue(), snapshot.frozen_on))


# The document ---------------------------------------------------------------------------------------------------------
def new_document(snapshot: Snapshot, context: dict):
    """An empty A4 document with its language, title, fonts, and the snapshot's digest at the foot of each page."""
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(22)
    page.top_margin = page.bottom_margin = Mm(24)
    set_properties(document, snapshot, context["data"])
    set_fonts(document, LOCALES[snapshot.language])
    page.header.paragraphs[0].add_run(plain(context["data"]["assessment"]["title"])).font.size = Pt(8)
    write_foot(page.footer.paragraphs[0], snapshot)
    return document


def set_properties(document, snapshot: Snapshot, data: dict):
    properties = document.core_properties
    moment = datetime.combine(snapshot.frozen_on, time(), UTC).replace(tzinfo=None)
    properties.title = plain(data["assessment"]["title"])[:255]
    properties.subject = plain(data["plan"]["title"])[:255]
    properties.author = properties.last_modified_by = plain(data["member"]["name"])[:255]
    properties.language = LOCALES[snapshot.language]
    properties.comments = f"SHA-256 {snapshot.sha256}"
    properties.identifier = snapshot.sha256
    properties.created = properties.modified = moment
    properties.revision = 1


def set_fonts(document, locale: str):
    """One face for Latin letters and one for Hangul in every style, and the language of the text."""
    for style in document.styles:
        if style.type in (1, 2):  # of paragraphs and of characters
            set_faces(style.element.get_or_add_rPr())
            style.font.color.rgb = RGBColor(0, 0, 0)
    normal = document.styles["Normal"]
    normal.font.size = Pt(10)
    normal.paragraph_format.space_after = Pt(5)
    for properties in document.styles.element.iter(qn("w:rPr")):
        for language in properties.findall(qn("w:lang")):
            language.set(qn("w:val"), locale)
            language.set(qn("w:eastAsia"), "ko-KR")
    for level, size in enumerate((20, 15, 12, 11)):
        style = document.styles["Title" if level == 0 else f"Heading {level}"]
        style.font.size, style.font.bold = Pt(size), True
        style.paragraph_format.keep_with_next = True


def set_faces(properties):
    faces = properties.get_or_add_rFonts()
    for name in list(faces.attrib):
        del faces.attrib[name]  # the theme's fonts would win
    for name, face in (("ascii", LATIN_FONT), ("hAnsi", LATIN_FONT), ("cs", LATIN_FONT), ("eastAsia", HANGUL_FONT)):
        faces.set(qn(f"w:{name}"), face)


def write_foot(paragraph, snapshot: Snapshot):
    """Version, day, digest, and the page's number as a field."""
    version = _("Version %(number)s") % {"number": snapshot.version} if snapshot.version else _("trial export")
    text = f"{version} · {date_format(snapshot.frozen_on)} · SHA-256 {snapshot.sha256[:12]}… · "
    paragraph.add_run(text).font.size = Pt(8)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


# Parts ----------------------------------------------------------------------------------------------------------------
def write_cover(document, context: dict):
    data = context["data"]
    document.add_paragraph(plain(f"{data['member']['name']} · Open Government Partnership"))
    document.add_paragraph(plain(data["assessment"]["title"]), style="Title")
    document.add_paragraph(str(context["kind"]))
    for warning in warnings(context):
        document.add_paragraph().add_run(warning).bold = True
    pairs(document, cover_facts(context))


def warnings(context: dict) -> list[str]:
    """What a reader must know before anything else."""
    training = _("A training record: this member and everything in this report are fictional.")
    said = (context["is_draft"], _("Draft, not published")), (context["data"]["member"]["is_fictional"], training)
    return [warning for is_so, warning in said if is_so]


def cover_facts(context: dict) -> list[tuple[str, str]]:
    data, stated = context["data"], _("Not stated in the source")
    return [
        (_("Plan"), data["plan"]["title"]),
        (_("Period"), data["plan"]["period"]["wording"] or stated),
        (_("Published"), data["assessment"]["published"]["wording"] or data["assessment"]["published"]["on"] or stated),
        (_("Version"), context["version"] or _("None: a trial export of what is not published yet")),
        (_("Frozen on"), date_format(context["frozen_on"])),
        (_("SHA-256 of the snapshot"), context["sha256"]),
        (_("Address of this version") if context["version"] else _("Address of the page"), context["address"]),
    ]


def write_contents(document, context: dict):
    """A table of contents as a field: the headings now, the pages when the reader's program renews it."""
    document.add_heading(_("Contents"), 1)
    titles = [section["title"] for section in context["sections"]]
    titles += [form_title(entry) for entry in context["entries"]]
    titles += [_("What the IRM found and recommends")] * bool(context["reviews"])
    titles += [_("Evidence: links, and when they were checked"), _("Sources")]
    paragraph = document.add_paragraph()
    field_mark(paragraph, "begin")
    instruction = OxmlElement("w:instrText")
    instruction.text = 'TOC \\o "1-2" \\h \\z \\u'
    paragraph.add_run()._r.append(instruction)
    field_mark(paragraph, "separate")
    for title in titles:
        paragraph.add_run(plain(title)).add_break()
    field_mark(paragraph, "end")


def field_mark(paragraph, kind: str):
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)


def write_section(document, section: dict):
    document.add_heading(plain(section["title"]), section["level"])
    write_blocks(document, section["blocks"])
    for table in section["tables"]:
        write_table(document, table)


def write_blocks(document, blocks: list[dict]):
    for block in blocks:
        if block.get("text"):
            document.add_paragraph(plain(block["text"]))
        for point in block.get("points", []):
            document.add_paragraph(plain(point), style="List Bullet")


def form_title(entry: dict) -> str:
    return f"{entry['commitment']['number']}. {entry['commitment']['title']}"


def write_form(document, entry: dict, is_first: bool):
    """The form of one commitment: labels left, words right, the completion level marked on its scale."""
    if is_first:
        document.add_heading(_("Appendix: one form a commitment"), 1).paragraph_format.page_break_before = True
    heading = document.add_heading(plain(form_title(entry)), 2)
    heading.paragraph_format.page_break_before = not is_first
    stated = _("Not stated in the source")
    pairs(document, form_rows(entry, stated))
    document.add_heading(_("Completion level"), 3)
    write_scale(document, entry)
    document.add_heading(_("Description of the results"), 3)
    for result in entry["results"]:
        write_result(document, result)
    if not entry["results"]:
        document.add_paragraph(stated)
    document.add_heading(_("End date, next steps and additional information"), 3)
    links = "\n".join(f"{link['label']}: {link['url']}" for link in entry["links"])
    rows = [(_("End date"), entry["end_date"]), (_("Next steps"), entry["next_steps"])]
    pairs(document, [(label, text or stated) for label, text in (*rows, (_("Additional information"), links))])


def form_rows(entry: dict, stated: str) -> list[tuple[str, str]]:
    described = "\n".join(f"({item['number']}) {item['text']}" for item in map(numbered, entry["description"]))
    rows = [
        (_("Lead implementing agency"), ", ".join(entry["lead"])),
        (_("Persons responsible from implementing agency: department, title"), entry["office"]),
        (_("Other actors: government"), entry["government_actors"]),
        (_("Other actors: CSOs, private sector, working groups, multilaterals"), entry["other_actors"]),
        (_("Main objective"), entry["main_objective"]),
        (_("Brief description of commitment"), described),
        (_("Relevance"), entry["relevance"]),
        (_("Ambition"), entry["ambition"]),
    ]
    return [(label, text or stated) for label, text in rows]


def numbered(item: dict) -> dict:
    return {"number": item.get("number") or "–", "text": item.get("text", "")}


def write_scale(document, entry: dict):
    """The four levels in a row with the stated one marked, by a sign and in words."""
    table = new_table(document, [step["label"] for step in entry["scale"]])
    for cell, step in zip(table.add_row().cells, entry["scale"], strict=True):
        cell.text = MARKED if step["is_stated"] else UNMARKED
    said = entry["completion_label"] or _("Not stated in the source")
    document.add_paragraph(plain(" ".join(filter(None, (f"{_('Stated:')} {said}.", entry["completion_note"])))))


def write_result(document, result: dict):
    title = " ".join(filter(None, (result["number"], result["heading"])))
    if title:
        document.add_heading(plain(title), 4)
    write_blocks(document, result["blocks"])
    if result["facts"]:
        rows = [[fact.get("date", ""), fact.get("text", "")] for fact in result["facts"]]
        write_rows(document, [_("Date"), _("Dated facts")], rows)
    for table in result["tables"]:
        write_table(document, table)


def write_irm(document, context: dict):
    """What the IRM says: a part of its own, so that the two voices stay apart."""
    if not context["reviews"]:
        return
    heading = document.add_heading(_("What the IRM found and recommends"), 1)
    heading.paragraph_format.page_break_before = True
    rows = [
        [row["commitment"]["number"], finding["review"], finding["completion_label"] or _("Not stated in the source")]
        for row in context["overview"]["rows"]
        for finding in row["findings"]
    ]
    write_rows(document, [_("Commitment"), _("IRM review"), _("Completion")], rows)
    for review in context["reviews"]:
        document.add_heading(plain(review["title"]), 2)
        for item in review["recommendations"]:
            document.add_heading(plain(f"{item['number']}. {item['title']}"), 3)
            write_blocks(document, item["blocks"])
            if item["response"]:
                document.add_paragraph().add_run(_("What became of it")).bold = True
                write_blocks(document, item["response"])


def write_links(document, links: list[dict]):
    document.add_heading(_("Evidence: links, and when they were checked"), 1)
    if not links:
        document.add_paragraph(_("The forms give no links."))
        return
    rows = [
        [link["number"], link["commitment"], f"{link['label']}\n{link['url']}", checked_words(link)] for link in links
    ]
    write_rows(document, [_("No."), _("Commitment"), _("Link"), _("Last check")], rows, (12, 24, 90, 40))


def checked_words(link: dict) -> str:
    return ", ".join(filter(None, (str(link["state"]), link["checked_on"] and date_format(link["checked_on"]))))


def write_sources(document, sources: list[dict]):
    document.add_heading(_("Sources"), 1)
    for source in sources:
        printed = source["published"]["wording"] or _("not stated")
        parts = [f"[{source['number']}] {source['title']}", f"{_('Date as printed:')} {printed}", source["link"]]
        parts.append(f"SHA-256 {source['sha256']}" if source["sha256"] else "")
        document.add_paragraph(plain("\n".join(filter(None, parts))))


# Tables ---------------------------------------------------------------------------------------------------------------
def pairs(document, rows: list[tuple[str, object]]):
    """Labels beside their words: the first column is the head of its row."""
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    table.autofit = False
    looks(table, first_row=False)
    for label, text in rows:
        left, right = add_row(table)
        left.width, right.width = LABELS, WIDTH - LABELS
        left.paragraphs[0].add_run(str(label)).bold = True
        right.text = plain(text)
    document.add_paragraph()


def write_table(document, table: dict):
    """A table of the report, with its title above and its notes below."""
    words = _("Table %(number)d.") % {"number": table["number"]}
    unit = f" ({table['unit']})" if table.get("unit") else ""
    caption = document.add_paragraph(plain(f"{words} {table['title']}{unit}"), style="Caption")
    caption.paragraph_format.keep_with_next = True
    rows = [[cell["text"] for cell in row["cells"]] for row in table["rows"]]
    if table["width"]:
        write_rows(document, [column["title"] for column in table["columns"]], rows)
    for label, text in ((_("Source given in the report:"), table.get("source")), (_("Note:"), table.get("note"))):
        if text:
            document.add_paragraph(plain(f"{label} {text}"))


def write_rows(document, heads: list[str], rows: list[list], widths: tuple[int, ...] = ()):
    """A table whose head is repeated on each page and whose rows are not divided."""
    width = max([len(heads), *(len(row) for row in rows)])
    heads = [*heads, *[""] * (width - len(heads))]
    table = new_table(document, heads)
    for row in rows:
        for cell, text in zip(add_row(table), row, strict=False):
            cell.text = plain(text)
    for place, millimetres in enumerate(widths):
        for cell in table.columns[place].cells:
            cell.width = Mm(millimetres)
    document.add_paragraph()


def new_table(document, heads: list[str]):
    table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    looks(table, first_row=True)
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.paragraphs[0].add_run(plain(text)).bold = True
    flag(table.rows[0], "w:tblHeader")
    flag(table.rows[0], "w:cantSplit")
    return table


def add_row(table):
    return table.add_row().cells


def looks(table, first_row: bool):
    """Tells a reading program which cells are heads: the first row, or the first column."""
    properties = table._tbl.tblPr
    for old in properties.findall(qn("w:tblLook")):
        properties.remove(old)
    look = OxmlElement("w:tblLook")
    values = {"firstRow": first_row, "lastRow": False, "firstColumn": not first_row, "lastColumn": False}
    for name, value in (*values.items(), ("noHBand", True), ("noVBand", True)):
        look.set(qn(f"w:{name}"), str(int(value)))
    properties.append(look)


def flag(row, name: str):
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def page_break(document):
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
