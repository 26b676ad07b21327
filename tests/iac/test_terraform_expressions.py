"""What an expression is worth; `tests/e2e` asks Terraform itself the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.iac.terraform_code import subject

#: Terraform's answer to each, as text or a list of texts.
KNOWN: dict[str, Any] = {
    '"repo:acme/app:*"': "repo:acme/app:*",
    '"a ${"b"} c"': "a b c",
    '"${"a"} "': "a ",
    '"$${x} $x %%{y} %"': "${x} $x %{y} %",
    r'"a\tb\u00e9\"\\"': 'a\tbé"\\',
    '"${true}-${null == null}-${1.50}-${-3}"': "true-true-1.5--3",
    '"a %{ if 1 > 2 }b%{ else }c%{ endif } d"': "a c d",
    '"a %{~ if true ~} b %{~ endif ~} d"': "abd",
    '"%{ for x in ["a", "b"] }${x}-%{ if x == "a" }+%{ endif }%{ endfor }"': "a-+b-",
    '"%{ for k, v in {b = "2", a = "1"} }${k}${v}%{ endfor }"': "a1b2",
    '1 < 2 ? "yes" : "no"': "yes",
    '!(1 == 1) || false ? "yes" : "no"': "no",
    '"1" == 1 ? "same" : "other"': "other",
    '"${1 + 2 * 3}"': "7",
    '[for x in ["a", "b"] : "repo:${x}"]': ["repo:a", "repo:b"],
    '[for x in ["a", "b"] : x if x != "a"]': "b",
    '[for k, v in {b = "2", a = "1"} : "${k}${v}"]': ["a1", "b2"],
    '[for i, v in ["a", "b"] : "${i}${v}"]': ["0a", "1b"],
    'values({for x in ["a", "b"] : x => upper(x)})': ["A", "B"],
    'keys({for x in ["aa", "ab"] : substr(x, 0, 1) => x...})': "a",
    '{a = {b = ["c"]}}.a.b[0]': "c",
    '{a = {b = ["c"]}}["a"]["b"][0]': "c",
    '[{n = "a"}, {n = "b"}][*].n': ["a", "b"],
    '[{n = "a"}, {n = "b"}].*.n': ["a", "b"],
    '{(upper("k")) = "v"}["K"]': "v",
    'format("repo:%s/%s:%d%%", "a", "b", 3)': "repo:a/b:3%",
    'format("%q", "a")': '"a"',
    'formatlist("repo:acme/%s:*", ["a", "b"])': ["repo:acme/a:*", "repo:acme/b:*"],
    'join(":", ["repo", "acme/app", "*"])': "repo:acme/app:*",
    'concat(["a"], [], ["b"])': ["a", "b"],
    'flatten([["a"], [["b"]]])': ["a", "b"],
    'distinct(["a", "b", "a"])': ["a", "b"],
    'compact(["a", "", "b"])': ["a", "b"],
    'toset(["b", "a", "b"])': ["a", "b"],
    'sort(["b", "a"])': ["a", "b"],
    'reverse(["a", "b"])': ["b", "a"],
    'merge({a = "1"}, {a = "2"}).a': "2",
    'lookup({a = "1"}, "b", "default")': "default",
    'lookup({a = "1"}, "a", "default")': "1",
    'coalesce(null, "", "a")': "a",
    'coalescelist([], ["a"])': "a",
    'try({a = "1"}.b, "fallback")': "fallback",
    'try(tonumber("x"), "fallback")': None,
    'can({a = "1"}.b) ? "yes" : "no"': "no",
    'one(["a"])': "a",
    'element(["a", "b"], 3)': "b",
    'split("/", "acme/app")[1]': "app",
    'replace("https://x", "https://", "")': "x",
    'trimprefix("refs/heads/main", "refs/heads/")': "main",
    'trimsuffix("main.tf", ".tf")': "main",
    'trimspace("  a ")': "a",
    'lower("MAIN")': "main",
    'title("main")': "Main",
    'zipmap(["a"], ["b"])["a"]': "b",
    'jsondecode("{\\"a\\": \\"b\\"}").a': "b",
    'jsondecode(jsonencode({a = "b"})).a': "b",
    'startswith("abc", "ab") ? "yes" : "no"': "yes",
    'contains(["a"], "a") ? "yes" : "no"': "yes",
    '"${length(["a", "b"])}"': "2",
    'concat(["a", "b"]...)': None,
    'regex("github.com/(.*)$", "https://github.com/acme/app")[0]': "acme/app",
    'regex("[a-z]+", "12 ab")': "ab",
    'regex("^(\\\\w+)/(\\\\w+)$", "acme/app")[1]': "app",
    'regexall("[a-z]", "a1b")': ["a", "b"],
    'length(regexall(":+", "a:b")) > 0 ? "yes" : "no"': "yes",
    'replace("acme/app.git", "/\\\\.git$/", "")': "acme/app",
    'replace("a-b", "/([a-z])-([a-z])/", "$2-$1")': "b-a",
    '[for i in range(3) : "e${i}"]': ["e0", "e1", "e2"],
    '[for i in range(3, 1) : "e${i}"]': ["e3", "e2"],
    'yamldecode("repos: [acme/app]").repos': "acme/app",
    "yamldecode(\"a: {b: '1', c: true}\").a.b": "1",
    'yamldecode("a: true").a ? "yes" : "no"': "yes",
    'setintersection(["a", "b"], ["b"])': "b",
    'setsubtract(["a", "b"], ["b"])': "a",
    'strcontains("abc", "b") ? "yes" : "no"': "yes",
    'anytrue([false, true]) && !alltrue([false]) ? "yes" : "no"': "yes",
    'slice(["a", "b", "c"], 1, 3)': ["b", "c"],
    '[for p in setproduct(["a", "b"], ["c"]) : join("/", p)]': ["a/c", "b/c"],
}


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("var.repo", "`var.repo` (main.tf:1): the variable `repo` is declared nowhere"),
        ("local.repo", "`local.repo` (main.tf:1): the local value `repo` is declared nowhere"),
        ('"a${var.x}b"', "`var.x` (main.tf:1): the variable `x` is declared nowhere"),
        ("github_repository.x.name", "`github_repository.x` is declared nowhere"),
        ("data.terraform_remote_state.x.outputs.y", "is declared nowhere"),
        ("module.x.y", "the module `x` is called nowhere"),
        ("terraform.workspace", "`terraform.workspace` (main.tf:1): it is not told by the code"),
        ("each.key", "`each.key` (main.tf:1): it is not told by the code"),
        ("nonsense", "`nonsense` (main.tf:1): nothing here is called `nonsense`"),
        ('sha1("a")', '`sha1("a")` (main.tf:1): the function `sha1` is not followed'),
        ('regex("a", "b")', '`regex("a", "b")` (main.tf:1): the pattern matches nothing'),
        ('regex("(a+)+b", "aaaa")', "a regular expression of this kind is not followed"),
        ('regex(".*.*.*b", "aaaa")', "a regular expression of this kind is not followed"),
        ('regex("a?a?a?a?aaaa", "aaaa")', "a regular expression of this kind is not followed"),
        ('regex("(?P<x>a)", "a")', "a regular expression of this kind is not followed"),
        ('regex("a(?=b)", "ab")', "a regular expression of this kind is not followed"),
        ('regex("[[:alpha:]]", "a")', "a regular expression of this kind is not followed"),
        ('regex("(", "a")', "a regular expression of this kind is not followed"),
        ('replace("a", "/a/", "${var.x}$")', "the variable `x` is declared nowhere"),
        ('replace("a", "/a/", "$name")', "a replacement with other than `$1` is not followed"),
        ("range(99999999)[0]", "a list that is too long"),
        ("range(1, 9, 0)[0]", "range() arg 3 must not be zero"),
        ('yamldecode("a: [")', "this is no YAML"),
        ('yamldecode("a: !x b").a', "this is no YAML"),
        ('yamldecode("<<: {a: b}").a', "a key that is given twice, or merges, in YAML"),
        ('yamldecode("a: 0x1f").a', "such a number in YAML is not followed"),
        ('format("%05d", 1)', "a verb of `format` other than %s, %d, %v and %q is not followed"),
        ('"%{ if true }a"', "a template's `endif` is missing"),
        ('"%{ for x in var.a }a%{ endfor }"', "the variable `a` is declared nowhere"),
        ('{a = "1"}.b', "there is no `b`"),
        ('["a"][1]', "there is no element 1, only 1"),
        ('["a"][-1]', "there is no element -1"),
        ('"a".b', "a text has no `b`"),
        ('1 + "x"', "invalid literal for int()"),
        ('one(["a", "b"])', "`one` of more than one"),
        ('coalesce("", null)', "there is none"),
        ('file("trust.txt")', "`trust.txt`, which `file` reads, is not among the files"),
        ("null", "a condition's value must be a string, a number or a boolean"),
        ('{a = "b"}', "a condition's value must be a string, a number or a boolean"),
        ('var.a ? "x" : "y"', "the variable `a` is declared nowhere"),
        ('try(var.typo, "x")', None),
    ],
)
def test_what_cannot_be_told_is_named_with_its_line(expression: str, why: str | None) -> None:
    found = subject(expression)
    if why is None:  # what Terraform would refuse is what `try` is for
        assert found == "x"
    else:
        assert isinstance(found, str)
        assert why in found


def test_try_does_not_go_on_where_a_value_is_merely_not_told() -> None:
    untold = 'variable "x" {}\n'
    assert "has no default" in subject('try(var.x, "repo:acme/app:*")', untold)
    assert "has no default" in subject('can(var.x) ? "a" : "b"', untold)


def test_an_unknown_condition_does_not_matter_where_both_branches_agree() -> None:
    assert subject('var.x ? "a" : "a"', 'variable "x" {}\n') == "a"


@pytest.mark.parametrize(("expression", "value"), KNOWN.items(), ids=KNOWN.keys())
def test_an_expression_is_worth_what_terraform_says(expression: str, value: Any) -> None:
    if value is None:
        assert isinstance(subject(expression), str)
    else:
        assert subject(expression) == value
    # A template of one expression is the expression.
    assert subject(f'"${{{expression}}}"') == subject(expression)


def test_what_grows_without_end_is_given_up() -> None:
    doubling = 'locals {\n  x0 = "xxxxxxxxxx"\n' + "".join(
        f'  x{n} = "${{local.x{n - 1}}}${{local.x{n - 1}}}"\n' for n in range(1, 40)
    )
    assert "a text of more than 1,000,000 characters" in subject("local.x39", doubling + "}\n")
    loops = "[for a in range(20000) : [for b in range(20000) : b]]"
    assert "too much to evaluate" in subject(loops)
    circle = 'locals {\n  a = local.b\n  b = "${local.a}"\n}\n'
    assert "it refers to itself" in subject("local.a", circle)
    many = "[" + "1," * 300 + "]"
    cube = f"flatten([for a in {many} : [for b in {many} : [for c in {many} : c]]])"
    assert "too much to evaluate" in subject(cube)
    assert "nested too deep" in subject("(" * 80 + '"a"' + ")" * 80)
