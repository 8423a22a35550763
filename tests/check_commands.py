#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_commands.py BUILD [DOCUMENT...]: the commands of the documents and of the programs' help do what they say.

A block of code is commands, unless its fence names another language: then they are what follows "$ ", or all lines.
Each is run in a folder of its block, with stand-ins (commands/stand_ins.sh) for the files that it names; it must
succeed and write what it names behind -o and the like. Commands that commands/not_run.txt has, with the reason, are
looked at only, as are those within sentences: program, options, and files of this project must be there."""
import fnmatch
import functools
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
OUTPUTS = {"-o", "--output", "--out", "--out-dir", "--json", "-j", "--render", "--keyframes", "-k", "--plot", "--fix",
           "--sheet", "--segments", "--labels-output", "--clip", "--per-class", "--features"}
BUILD = os.path.abspath(sys.argv[1])
PROGRAMS = {name for name in os.listdir(BUILD) if re.fullmatch(r"sf[a-z]+", name)
            and os.path.isfile(os.path.join(BUILD, name))}
FOREIGN = {"--quick", "--cpus-per-task"}  # options of tools/paper/make_tables.sh, of sbatch
FINDERS = {"sfcheck"}  # whose status 1 means that something was found
SHORTER = {"--videos 500": "--videos 1 --seconds 2 --size 96x72", "--clip clip.mp4": "--clip clip.mp4 --seconds 2 --size 96x72",
           "--bootstrap 1000": "--bootstrap 20", "--scales 224,256,320": "--scales 48,64", "SOLVER.MAX_EPOCH 40": "SOLVER.MAX_EPOCH 2",
           "sftrain --persons": "sftrain --persons --epochs 1", "--side 640": "--side 64"}
TIMEOUT = 300


# ------------------------------------------------------------------ what the documents say
def documents():
    yield from ("README.md", "CONTRIBUTING.md", "SECURITY.md", "data/demo/README.md", "data/ava/README.md")
    yield from sorted(glob.glob("docs/**/*.md", recursive=True))


def blocks(text):
    """(number of the first line, language, lines) of fenced and of indented code; sentences as the language None."""
    block, language, first = [], None, 1
    fence, lines = False, text.split("\n")
    for number, line in enumerate(lines + [""], 1):
        marks = line.startswith("```")
        indented = not fence and not marks and line.startswith("    ") and (language == "" or not lines[number - 2].strip())
        kind = line[3:].strip() if marks and not fence else language if fence else "" if indented else None
        if marks or kind != language or number > len(lines):
            if block:
                yield first, language, block
            block, first = [], number
        if marks:
            fence = not fence
            language = kind if fence else None
            continue
        language = kind
        block.append(line[4:] if indented else line)


def whole(script):
    """Whether the shell sees an end: not within a loop, nor behind a backslash."""
    return not script.rstrip().endswith("\\") and subprocess.run(["sh", "-nc", script], capture_output=True).returncode == 0


def commands(lines):
    """(number of its line in the block, command)"""
    if any(line.startswith("$ ") for line in lines):
        yield from ((i, line) for i, line in enumerate(lines) if line.startswith("$ "))
        return
    script, first = "", 0
    for i, line in enumerate(lines):
        first = first if script else i
        script += line + "\n"
        if whole(script):
            if script.strip() and not script.lstrip().startswith("#"):
                yield first, script.strip()
            script = ""
    if script:
        yield first, script.strip()


def of_help(program):
    """The examples at the end of its help."""
    text = subprocess.run([program, "--help-all"], capture_output=True, text=True, check=True).stdout
    examples = re.search(r"^Examples?:(.*(?:\n +.*)*)", text, re.M)
    return [line.strip() for line in examples.group(1).split("\n")] if examples else []


# ------------------------------------------------------------------ commands that are looked at only
@functools.lru_cache(None)
def options_of(*program):
    """Those that its help has; of our programs all."""
    flag = "--help-all" if program[0] in PROGRAMS else "--help"
    done = subprocess.run([*program, flag], capture_output=True, text=True, timeout=TIMEOUT)
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", done.stdout)) if done.returncode == 0 else None


@functools.lru_cache(None)
def all_options():
    known = set.union(FOREIGN, *(options_of(program) for program in PROGRAMS))
    listed = re.search(r"Commands:\n((?:  .*\n)+)", subprocess.check_output(["sfmodel", "--help"], text=True)).group(1)
    return known.union(*(options_of("sfmodel", command) for command in re.findall(r"^  (\w+)", listed, re.M)))


def fault_in(command):
    """What is wrong with a command that is not run, or None."""
    if command.startswith("--"):
        option = re.match(r"[\w-]+", command).group()
        return None if option in all_options() else f"no program has an option {option}"
    for part in re.split(r"&&|\|\||[|;]", re.sub(r"\s#.*", "", command)):
        words = re.sub(r"[\[\]]", " ", part).split()
        while words and re.fullmatch(r"\w+=.*", words[0]):
            words.pop(0)
        if not words:
            continue
        program = words[0].replace("build/sf", "sf")
        for word in words:
            if re.match(r"(\./)?(tools|bench|tests|examples|cmake)/", word) and not os.path.exists(word.rstrip("/")):
                return f"no {word}"
        if re.match(r"sf[a-z]+$", program):
            if program not in PROGRAMS:
                return f"no program {program}"
            program = [program] + ([words[1]] if program == "sfmodel" and words[1:] and words[1][0] != "-" else [])
        elif program.startswith("bench/") and program.endswith(".py"):
            program = [sys.executable, program]
        else:
            continue
        known = options_of(*program)
        if known is None:
            return f"{' '.join(program)} does not run"
        for word in words:
            option = word.split("=")[0].rstrip(".,:")
            if re.match(r"--?[a-zA-Z]", option) and option not in known:
                return f"{' '.join(program)} has no option {option}"
    return None


def of_sentences(lines):
    """Our programs' commands, and options, that stand within sentences."""
    text = "\n".join(lines)
    for m in re.finditer(r"`([^`]+)`", text):
        code = " ".join(m.group(1).split())
        if re.match(r"(--[a-z]|sf(?!det$)[a-z]+|(bench|tools)/\S+|\./\w+\.sh( |$))", code):
            yield text[:m.start()].count("\n"), code


# ------------------------------------------------------------------ commands that are run
class Runner:
    def __init__(self, folder):
        self.stand_ins = os.path.join(folder, "stand_ins")
        self.folder = folder
        self.environment = dict(os.environ, HOME=folder)
        subprocess.run(["sh", os.path.join(HERE, "commands", "stand_ins.sh"), BUILD, self.stand_ins], check=True)

    def new_folder(self):
        """An empty one, with this project's own folders."""
        path = tempfile.mkdtemp(dir=self.folder)
        for name in ("tools", "bench", "tests", "examples"):
            os.symlink(os.path.join(ROOT, name), os.path.join(path, name))
        return path

    def stand_in(self, folder, words):
        """Puts what is named, and not there, in its place."""
        for before, word in zip([""] + words, words):
            if not word or before in OUTPUTS:
                continue
            pattern = re.sub(r"\$\{?\w+\}?", "*", word.rstrip("/"))
            for name in glob.glob(pattern, root_dir=self.stand_ins):
                source, place = os.path.join(self.stand_ins, name), os.path.join(folder, name)
                if not os.path.exists(place):
                    os.makedirs(os.path.dirname(place), exist_ok=True)
                    (shutil.copytree if os.path.isdir(source) else os.link)(source, place)

    def fault_of(self, folder, command):
        """Runs it; what went wrong, or None."""
        for long, short in SHORTER.items():
            command = re.sub(re.escape(long) + r"(?!\S)", short, command)
        words = re.split(r"""[\s=<>|;&"']+""", re.sub(r"(^|\s)#.*", "", command))
        self.stand_in(folder, words)
        try:
            done = subprocess.run(["sh", "-c", command], cwd=folder, env=self.environment, text=True, errors="replace",
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return f"takes more than {TIMEOUT} s"
        if done.returncode != 0 and not (done.returncode == 1 and words[0] in FINDERS):
            return f"status {done.returncode}: {done.stderr.strip()[-500:]}"
        for option, word in zip(words, words[1:]):
            if option in OUTPUTS and word != "-" and "$" not in word and not os.path.exists(os.path.join(folder, word)):
                return f"{option} {word} was not written"
        return None


def not_run():
    """The list of exceptions: patterns of commands."""
    with open(os.path.join(HERE, "commands", "not_run.txt"), encoding="utf-8") as f:
        lines = [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]
    for line in lines:
        if not re.fullmatch(r"\S.* +\| +\S.*", line):
            sys.exit(f"not_run.txt: no reason in: {line}")
    return [line.split(" | ")[0].strip() for line in lines]


def main(chosen):
    failures = ran = looked = 0
    exceptions = not_run()
    used = set()
    os.environ["PATH"] = BUILD + os.pathsep + os.environ["PATH"]

    def tell(where, command, fault):
        nonlocal failures
        failures += 1
        print(f"{where}: {command}: {fault}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(folder)

        def block_of(name, lines):
            nonlocal ran, looked
            place = runner.new_folder()
            for where, command in lines:
                pattern = next((p for p in exceptions if fnmatch.fnmatchcase(command, p) or
                                fnmatch.fnmatchcase(f"{name}: {command}", p)), None)
                if pattern:
                    used.add(pattern)
                    looked += 1
                    fault = fault_in(command.removeprefix("$ "))
                else:
                    ran += 1
                    fault = runner.fault_of(place, command)
                if fault:
                    tell(f"{name}:{where}" if where else name, command, fault)
            shutil.rmtree(place)

        for path in chosen or documents():
            with open(path, encoding="utf-8") as f:
                text = f.read()
            for first, language, lines in blocks(text):
                if language is None:
                    for i, command in of_sentences(lines):
                        looked += 1
                        fault = fault_in(command)
                        if fault:
                            tell(f"{path}:{first + i}", command, fault)
                elif language in ("", "sh"):
                    block_of(path, [(first + i, command) for i, command in commands(lines)])
        for program in sorted(PROGRAMS if not chosen else ()):
            block_of(program + " --help", [(0, command) for _, command in commands(of_help(program))])
    for pattern in set(exceptions) - used if not chosen else ():
        tell("not_run.txt", pattern, "stands nowhere any more")
    print(f"{ran} commands run, {looked} looked at, {failures} wrong")
    return failures > 0 or ran == 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[2:]))
