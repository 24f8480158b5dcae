"""Executed and template: what a saved notebook shows without being run."""

from copy import deepcopy

import jwt
import nbformat
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from notebook_rules import complaints, executed, lasting, leaks, number_of, template
from run_notebooks import read

from labkit.tokens.teaching import teaching_key


def test_a_notebook_is_run_whole_gives_nothing_away_and_has_the_form(path):
    assert complaints(read(path), number_of(path)) == []


def output(kind, **content):
    return nbformat.v4.new_output(kind, **content)


def code(source, *outputs, count=1, tags=()):
    return nbformat.v4.new_code_cell(
        source, id="x", execution_count=count, outputs=list(outputs), metadata={"tags": list(tags)}
    )


def book(*cells):
    own = [deepcopy(cell) for cell in cells]
    for count, cell in enumerate(own):
        cell.id = f"cell-{count}"
    return nbformat.v4.new_notebook(cells=own)


def error(name="ValueError"):
    return output("error", ename=name, evalue="no", traceback=[])


def picture(**data):
    return output("display_data", data={kind.replace("_", "/"): v for kind, v in data.items()})


SHOWN_ERROR = code("f()", error(), tags=["raises-exception"])


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (code("x", count=None), "was run as None"),
        (code("x", count=2), "was run as 2, not as 1"),
        (code(""), "isn't plain Python"),
        (code("%nosuch\nraise ValueError"), "isn't plain Python"),
        (code("!ls"), "isn't plain Python"),
        (code("f()", error()), "ended in ValueError"),
        (code("f()", tags=["raises-exception"]), "raised nothing"),
        (code("f()", output("stream", name="stderr", text="careful")), "wrote to stderr"),
        (code("# NBVAL_SKIP\nf()"), "less strictly"),
        (code("f()", tags=["nbval-ignore-output"]), "less strictly"),
    ],
)
def test_executed_refuses(cell, complaint):
    (said,) = executed(book(cell))
    assert complaint in said


@pytest.mark.parametrize("cell", [code("await f()"), SHOWN_ERROR, code("f()", picture())])
def test_executed_accepts(cell):
    assert executed(book(cell)) == []


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (code("p", picture(image_png="aGk=")), "without its text twin"),
        (code("p", picture(**{"image_svg+xml": "<svg/>", "text_plain": "p"})), "shows SVG"),
        (
            code("w", picture(**{"application_vnd.jupyter.widget-view+json": {}})),
            "shows a widget whose kernel is gone",
        ),
        (code("p", output("stream", text="<X object at 0x7f8a12345678>")), "memory address"),
    ],
)
def test_lasting_refuses(cell, complaint):
    (said,) = lasting(book(cell))
    assert complaint in said


def test_lasting_accepts_a_picture_with_its_twin_and_refuses_widget_state():
    notebook = book(code("p", picture(image_png="aGk=", text_plain="a lane")))
    assert lasting(notebook) == []
    notebook.metadata["widgets"] = {}
    assert lasting(notebook) == ["it has saved widget state"]


LIVE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TEACHING = teaching_key("issuer")


def said(text):
    return book(code("f()", output("stream", text=text)))


def token(key, algorithm="RS256", **header):
    return jwt.encode({"sub": "quality-lead"}, key, algorithm=algorithm, headers=header)


def test_leaks_refuses_a_token_that_a_running_service_could_have_given_out():
    for live in (token(LIVE), token(LIVE, kid="abc")):
        (complaint,) = leaks(said(f"Bearer {live}"))
        assert "isn't signed by a teaching key" in complaint
        assert leaks(book(code(f"token = '{live}'"))) != []


def test_leaks_accepts_tokens_made_of_what_everybody_knows():
    of_teaching = token(TEACHING.private_key)
    tampered = token(LIVE, kid=TEACHING.kid)
    forged = token("not-a-secret" * 4, "HS256")
    for shown in (of_teaching, tampered, forged, "eyJub3QganNvbg.e30.", "eyJhbGciOiJub25lIn0.e30."):
        assert leaks(said(shown)) == []


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
        '{"kty": "RSA", "d": "' + "x" * 43 + '"}',
    ],
)
def test_leaks_refuses_key_material(text):
    (complaint,) = leaks(said(text))
    assert "has a private key" in complaint


@pytest.mark.parametrize(
    "text",
    [
        "/home/me/course",
        "File /Users/me/x.py",
        r"C:\Users\me",
        ".venv/lib/site-packages/jwt",
        "(/tmp/x)",
    ],
)
def test_leaks_refuses_paths_of_the_machine(text):
    (complaint,) = leaks(said(text))
    assert "path of the machine" in complaint


def test_leaks_accepts_the_paths_of_an_api():
    assert leaks(said("GET http://127.0.0.1:8000/lines/3 /home-page /token")) == []


def md(source):
    return nbformat.v4.new_markdown_cell(source, id="x")


QUESTIONS = "\n".join(f"{n}. Why?" for n in range(1, 6))
FORM = {
    "title": md("# Who sent this?\nNobody knows."),
    "promise": md("After this you can sign. 20 minutes."),
    "start": code('import labkit\nlab = labkit.start("99")'),
    "predict": code("lab.predict('99.x', options=[1, 2], default=1)"),
    "break": md("## Break it"),
    "exercise": code('ex = lab.exercise("99.1")'),
    "claims": code("assert 1 + 1 == 2"),
    "recap": md("## Recap\n\n| idea | where |\n|---|---|\n" + "| many words |\n" * 40),
    "questions": md(f"## Questions\n\n{QUESTIONS}"),
    "next": md("What comes after?"),
    "map": code("lab.progress()"),
    "stop": code("lab.stop()"),
}


def form(**changed):
    cells = [cell for cell in {**FORM, **changed}.values() if cell]
    cells[1:1] = [md("And so on.")] * (30 - len(cells))
    return book(*cells)


def test_template_accepts_the_form():
    assert template(form(), "99") == []


@pytest.mark.parametrize("landmark", sorted(FORM.keys() - {"next"}))
def test_template_misses_each_landmark(landmark):
    assert len(template(form(**{landmark: None}), "99")) in {1, 2}


def test_template_refuses_landmarks_out_of_order_and_another_notebooks_number():
    late = form(predict=FORM["exercise"], exercise=FORM["predict"])
    assert "it lacks an exercise, or has it too early" in template(late, "99")
    assert any("labkit.start" in complaint for complaint in template(form(), "98"))


@pytest.mark.parametrize(
    ("notebook", "complaint"),
    [
        (book(*form().cells[:-3], FORM["map"], FORM["stop"]), "it has 29 cells"),
        (form(next=md("word " * 61)), "61 words, more than 60"),
        (form(title=md("# Who?\n" + "word " * 79)), "81 words, more than 80"),
        (form(claims=code("assert True\n" * 26)), "26 code lines, more than 25"),
        (
            form(claims=code("assert True\n" * 9), exercise=code("lab.exercise('x')\n" * 9)),
            "9 code",
        ),
        (form(stop=code("lab.stop()\nprint('bye')")), "lab.stop()"),
    ],
)
def test_template_refuses_what_is_too_long_too_short_or_unfinished(notebook, complaint):
    assert any(complaint in said for said in template(notebook, "99"))


def with_starters(count, cells, number="99"):
    notebook = form(start=code(f'import labkit\nlab = labkit.start("{number}")'))
    extra = [code("lab.exercise('x')", tags=[f"starter:{number}.{n + 1}"]) for n in range(count)]
    filled = [*notebook.cells[:-4], *extra, *notebook.cells[-4:]]
    filled[1:1] = [md("And so on.")] * (cells - len(filled))
    return book(*filled)


@pytest.mark.parametrize(
    ("exercises", "number", "most"), [(3, "99", 43), (4, "99", 49), (4, "05", 51), (3, "13", 45)]
)
def test_template_gives_a_fourth_exercise_and_a_file_of_ones_own_their_room(
    exercises, number, most
):
    assert template(with_starters(exercises, most, number), number) == []
    (said,) = template(with_starters(exercises, most + 1, number), number)
    assert said == f"it has {most + 1} cells, not 30 to {most}"


def test_template_lets_a_notebook_that_ends_in_a_file_show_two_whole_things():
    whole = code("assert True\n" * 25)
    for count, number, complaints_made in ((2, "05", 0), (3, "05", 1), (2, "99", 1)):
        notebook = with_starters(0, 30, number)
        notebook.cells[2:2] = [deepcopy(whole) for _ in range(count)]
        said = [each for each in template(notebook, number) if "code lines" in each]
        assert len(said) == complaints_made


def test_template_lets_one_cell_show_a_whole_thing_and_counts_no_comments_and_blank_lines():
    build = code("assert True\n" * 25)
    assert template(form(claims=build), "99") == []
    airy = code("# why\n\n" * 9 + "lab.exercise('x')")
    assert template(form(claims=build, exercise=airy), "99") == []
