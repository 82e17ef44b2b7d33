#!/usr/bin/env python3
"""Takes each tenant check of the storage crate away in turn, and each row-level security policy, and sees whether a test fails.

All mutants are built at once, in a copy of the sources: every check asks, when it is used, whether WAFAA_MUTANT names it.
`make mutants` starts what this needs. Options: --only N for a sample of N (with --seed), --ids 3,17 for some, --list.
A mutant that survives is a check that no test would miss: the exit code is 1 then."""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
COPY = TARGET / "mutants"
PATIENCE = 900

HELPER = '''
/// Which check is taken away, in this copy of the sources only.
pub(crate) mod mutant {
    use sea_orm::{Condition, sea_query::IntoCondition};

    pub(crate) fn active(number: u32) -> bool {
        std::env::var("WAFAA_MUTANT").is_ok_and(|named| named == number.to_string())
    }

    pub(crate) fn filter(number: u32, condition: impl IntoCondition) -> Condition {
        if active(number) { Condition::all() } else { condition.into_condition() }
    }

    pub(crate) fn sql(sql: &str) -> String {
        let mut text = sql.to_owned();
        let Ok(number) = std::env::var("WAFAA_MUTANT") else { return text };
        let mark = format!("/*m{number}*/");
        let ends = |c: char| !(c.is_alphanumeric() || "_.$".contains(c));
        while let Some(at) = text.find(&mark) {
            let before = text[..at].trim_end().to_owned();
            let start = before.rfind(ends).map_or(0, |at| at + 1);
            let value = text[at + mark.len()..].trim_start_matches(['=', ' ']).to_owned();
            let end = value.find(ends).unwrap_or(value.len());
            let (column, rest) = (&before[start..], &value[end..]);
            text = format!("{}({column} = {} OR TRUE){rest}", &before[..start], &value[..end]);
        }
        text
    }
}
'''

# Checks that are neither a filter nor a comparison in SQL: file, what is there, what it becomes.
OTHERS = [
    ("vector/place.rs", "path.join(tenant.to_string())", 'path.join(if {active} { "all".to_owned() } else { tenant.to_string() })'),
    ("blob/mod.rs", "self.root.join(scope.tenant().to_string())", 'self.root.join(if {active} { "all".to_owned() } else { scope.tenant().to_string() })'),
    ("limit/mod.rs", 'format!("limit:{}:{class}", scope.tenant())', 'if {active} { format!("limit:all:{class}") } else { format!("limit:{}:{class}", scope.tenant()) }'),
    ("archive/schema.rs", 'Some("id = $1".into())', 'Some(if {active} { "(id = $1 OR TRUE)".into() } else { "id = $1".into() })'),
    ("archive/write.rs", "rows.iter().any(|row| row.get(owner) != Some(&tenant))", "!{active} && rows.iter().any(|row| row.get(owner) != Some(&tenant))"),
]


class Mutant:
    def __init__(self, number, place, what, wall=False):
        self.number, self.place, self.what, self.wall = number, place, what, wall

    def __str__(self):
        return f"{self.number:3}  {self.place}  {self.what}"


def copy_sources():
    """Only what has changed is written, so that cargo builds nothing for nothing."""
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    wanted = {name for name in files.stdout.splitlines() if (ROOT / name).is_file() and not name.startswith("dashboard/")}
    for name in sorted(wanted):
        yield name, (ROOT / name).read_bytes()
    for path in COPY.rglob("*"):
        if path.is_file() and str(path.relative_to(COPY)) not in wanted:
            path.unlink()


def write(name, content):
    path = COPY / name
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    shutil.copymode(ROOT / name, path)


def closing(text, start):
    """Where the parenthesis that opens before `start` is closed."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise ValueError("a parenthesis is never closed")


def mutate(name, text, mutants):
    """The file with a question before each check."""
    before_tests = text.find("#[cfg(test)]\nmod tests")
    text, tests = (text, "") if before_tests < 0 else (text[:before_tests], text[before_tests:])
    line = lambda at: text.count("\n", 0, at) + 1

    def add(at, what):
        mutants.append(Mutant(len(mutants) + 1, f"{name}:{line(at)}", what))
        return len(mutants)

    edits = []
    for found in re.finditer(r"\.filter\((?=\s*(\w+::)*Column::TenantId\s*\.eq\()", text):
        end = closing(text, found.end())
        number = add(found.start(), text[found.start() : end + 1])
        edits.append((found.end(), end, f"crate::mutant::filter({number}, {text[found.end():end]})"))
    for found in re.finditer(r'(?:\w\.|\w+\.)?(?:tenant_id|\{OWNER\}) (?==(?:"| \$| \w+\.tenant_id))', text):
        number = add(found.start(), re.match(r"[^ ]+ =(?: [$\w.{}]+)?", text[found.start() :]).group())
        edits.append((found.end(), found.end(), f"/*m{number}*/"))
    for file, there, becomes in OTHERS:
        at = text.find(there) if name == f"storage/src/{file}" else -1
        if at >= 0:
            number = add(at, there)
            edits.append((at, at + len(there), becomes.replace("{active}", f"crate::mutant::active({number})")))
        elif name == f"storage/src/{file}":
            sys.exit(f"{name} says no longer `{there}`: mend {Path(__file__).name}")
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    if name == "storage/src/lib.rs":
        text += HELPER
    if name == "storage/src/database/tx.rs":
        there = "Statement::from_sql_and_values(self.inner.get_database_backend(), sql, values)"
        if there not in text:
            sys.exit(f"{name} makes statements in another way: mend {Path(__file__).name}")
        text = text.replace(there, there.replace(" sql,", " crate::mutant::sql(sql),"))
    return text + tests


def mutate_wall(text, tables, mutants):
    """Policies that let everybody in."""
    there = "    on_postgres(\n        manager,\n        [\n            format!(\"ALTER TABLE {table} ENABLE"
    if there not in text:
        sys.exit(f"the wall is raised in another way: mend {Path(__file__).name}")
    for table in tables:
        mutants.append(Mutant(len(mutants) + 1, "migrations", f"the policy of {table}", wall=True))
    opened = " ".join(f'("{mutant.what.split()[-1]}", "{mutant.number}"),' for mutant in mutants if mutant.wall)
    check = (
        f"    let named = std::env::var(\"WAFAA_MUTANT\").unwrap_or_default();\n    let open = [{opened}];\n"
        "    let whose = if open.contains(&(table, named.as_str())) { \"TRUE\".to_owned() } else { whose };\n"
    )
    return text.replace(there, check + there, 1)


def prepare():
    mutants, files = [], dict(copy_sources())
    tables = set()
    for name, content in files.items():
        if re.match(r"migrations/src/m\d+_", name) and b"wall::raise(" in content:
            # `const TABLE: &str = "…"`, or `const TABLES: … = […]` of names or of pairs that begin with one.
            for declared in re.findall(r"(?s)const TABLES?: .*?;\n", content.decode()):
                tables |= set(re.findall(r'(?m)(?:^\s*\(?|= )"(\w+)"', declared))
    for name, content in sorted(files.items()):
        if name.startswith("storage/src/") and name.endswith(".rs"):
            content = mutate(name, content.decode(), mutants).encode()
        elif name == "Cargo.toml":
            # The program's own tests are not built: it is here for its choice of features.
            content = re.sub(rb"(?s)\[\[test\]\].*?(?=\n\[|\Z)", b"", content).replace(b'name = "wafaa"\n', b'name = "wafaa"\nautotests = false\n', 1)
            # Another version is another name for what is built: cargo would take it for the real thing otherwise.
            content, versions = re.subn(rb'(?s)(\[workspace\.package\].*?\nversion = )"[^"]*"', rb'\1"0.0.0-mutants"', content, count=1)
            if not versions:
                sys.exit(f"{name} has the version elsewhere: mend {Path(__file__).name}")
        files[name] = content
    wall = "migrations/src/wall.rs"
    files[wall] = mutate_wall(files[wall].decode(), sorted(tables), mutants).encode()
    for name, content in files.items():
        write(name, content)
    return mutants


def build():
    command = ["cargo", "test", "-p", "wafaa", "-p", "wafaa-storage", "--test", "it", "--no-run", "--message-format=json-render-diagnostics"]
    built = subprocess.run(command, cwd=COPY, stdout=subprocess.PIPE, text=True, check=True)
    for line in built.stdout.splitlines():
        said = json.loads(line)
        if said.get("executable") and said["target"]["name"] == "it":
            return said["executable"]
    sys.exit("cargo built no tests")


def fails(tests, mutant, wall, names):
    """Whether a test whose name holds one of these fails; without PostgreSQL unless it is about the wall: behind that, nothing leaks."""
    environment = {**os.environ, "WAFAA_MUTANT": str(mutant), "CARGO_MANIFEST_DIR": str(COPY / "storage")}
    if not wall:
        environment.pop("WAFAA_TEST_POSTGRES_URL", None)
    try:
        ran = subprocess.run([tests, *names], cwd=COPY / "storage", env=environment, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return "it hangs"
    failed = re.findall(r"^test (\S+) \.\.\. FAILED", ran.stdout, re.MULTILINE)
    return failed[0] if failed else ("it crashes" if ran.returncode else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=int, metavar="N", help="a sample of N")
    parser.add_argument("--seed", type=int, default=None, help="which sample")
    parser.add_argument("--ids", help="these, such as 3,17")
    parser.add_argument("--list", action="store_true", help="say what there is and do nothing")
    options = parser.parse_args()
    mutants = prepare()
    if options.list:
        print(*mutants, sep="\n")
        return
    chosen = mutants
    if options.ids:
        ids = {int(number) for number in options.ids.split(",")}
        chosen = [mutant for mutant in mutants if mutant.number in ids]
    elif options.only:
        seed = options.seed if options.seed is not None else random.randrange(2**32)
        print(f"--seed {seed}")
        chosen = random.Random(seed).sample(mutants, min(options.only, len(mutants)))
    if any(mutant.wall for mutant in chosen) and "WAFAA_TEST_POSTGRES_URL" not in os.environ:
        sys.exit("WAFAA_TEST_POSTGRES_URL is not set: the policies can't be tried")
    tests = build()
    for wall, names in [(False, ["tenancy"]), (True, ["wall"])]:
        broken = fails(tests, 0, wall, names)
        if broken:
            sys.exit(f"{broken} fails without any mutant")
    survivors = []
    for mutant in sorted(chosen, key=lambda mutant: mutant.number):
        begun = time.monotonic()
        # The likely tests first; all of them only when those see nothing.
        killer = fails(tests, mutant.number, mutant.wall, ["wall" if mutant.wall else "tenancy"]) or fails(tests, mutant.number, mutant.wall, [])
        if not killer:
            survivors.append(mutant)
        print(f"{'killed  ' if killer else 'SURVIVED'} {mutant}  {killer or ''} ({time.monotonic() - begun:.0f} s)", flush=True)
    print(f"{len(chosen)} of {len(mutants)} mutants: {len(chosen) - len(survivors)} killed, {len(survivors)} survived")
    sys.exit(1 if survivors else 0)


main()
