#!/usr/bin/env python3
"""What is installed, and what the packages say that they have, is the same: every file is in one Debian package and in one RPM, and
what packaging/debian, packaging/rpm and packaging/install-build-deps say of the same thing agrees.

Usage: tests/packages/contents.py BUILD        BUILD is a build directory, built
       tests/packages/contents.py --self-test  each check refuses a packaging that is worse in one thing
"""

import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MACROS = {"_bindir": "/usr/bin", "_sbindir": "/usr/sbin", "_mandir": "/usr/share/man", "_datadir": "/usr/share",
          "_docdir": "/usr/share/doc", "_sysconfdir": "/etc", "_unitdir": "/usr/lib/systemd/system",
          "_sysusersdir": "/usr/lib/sysusers.d", "_tmpfilesdir": "/usr/lib/tmpfiles.d"}
# The spec file moves it to where zsh of Fedora looks.
MOVED_IN_RPM = {"/usr/share/zsh/vendor-completions/_waxseal": "/usr/share/zsh/site-functions/_waxseal"}


def installed(build):
    """Paths of the install() tree, as with a prefix of /usr; links are made, nothing is copied."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(["cmake", "--install", build], capture_output=True, text=True,
                              env={**os.environ, "DESTDIR": place, "CMAKE_INSTALL_MODE": "ABS_SYMLINK"})
        if done.returncode != 0:
            raise SystemExit(f"cmake --install {build}: {done.stderr}")
        paths = ["/" + str(path.relative_to(place)) for path in pathlib.Path(place).rglob("*") if not path.is_dir()]
    return sorted(path.replace("/usr/local/etc/", "/etc/").replace("/usr/local/", "/usr/") for path in paths)


def debhelper_name(path):
    """What in packaging/debian stands for a file that debhelper installs by its own means, or None."""
    folder, name = os.path.split(path)
    kind = {"/usr/lib/systemd/system": "", "/usr/lib/sysusers.d": ".sysusers", "/usr/lib/tmpfiles.d": ".tmpfiles"}.get(folder)
    if kind is None:
        return None
    return name if not kind else name.replace("waxseal.conf", "waxseal-common.conf").replace(".conf", kind)


def covers(pattern, path):
    return fnmatch.fnmatchcase(path, pattern) or path.startswith(pattern + "/")


def debian_lists(debian):
    """package -> patterns"""
    return {path.name[:-len(".install")]: ["/" + line.split()[0] for line in path.read_text().splitlines() if line]
            for path in debian.glob("*.install")}


def rpm_lists(spec):
    """package -> patterns; a %dir has nothing in it"""
    lists, package = {}, None
    for line in spec.read_text().splitlines():
        section = re.match(r"%(files|changelog)(?: (\w+))?$", line)
        if section:
            package = "-".join(filter(None, ("waxseal", section[2]))) if section[1] == "files" else None
        words = re.sub(r"%\{(\w+)\}", lambda macro: MACROS.get(macro[1], macro[0]), line).split()
        if package and words and words[-1].startswith("/") and words[0] != "%dir":
            lists.setdefault(package, []).append(words[-1])
    return lists


def problems_of_lists(kind, paths, lists):
    for path in paths:
        owners = [package for package, patterns in lists.items() if any(covers(pattern, path) for pattern in patterns)]
        if len(owners) != 1:
            yield f"{kind}: {path} is in {' and '.join(owners) or 'no package'}"
    for package, patterns in lists.items():
        for pattern in patterns:
            if not any(covers(pattern, path) for path in paths):
                yield f"{kind}: {package} names {pattern}, which is not installed"


def problems_of_debian(paths, debian):
    by_debhelper = {path: debhelper_name(path) for path in paths if debhelper_name(path)}
    for path, name in by_debhelper.items():
        if not (debian / name).exists():
            yield f"debian: {path} needs packaging/debian/{name}"
    lists = debian_lists(debian)
    for directories in debian.glob("*.dirs"):
        lists[directories.stem] = [entry for entry in lists.get(directories.stem, [])
                                   if entry.strip("/") not in directories.read_text().split()]
    yield from problems_of_lists("debian", [path for path in paths if path not in by_debhelper], lists)


def packages_of(control):
    return set(re.findall(r"^Package: (\S+)$", control, re.M))


def development(text):
    return set(re.findall(r"\b[\w+-]+-dev\b|\bnlohmann-json3-dev\b", text))


def problems_of_names(packaging):
    control = (packaging / "debian/control").read_text()
    spec = (packaging / "rpm/waxseal.spec").read_text()
    rpms = {"waxseal"} | {f"waxseal-{name}" for name in re.findall(r"^%package (\w+)$", spec, re.M)}
    for name in packages_of(control) ^ rpms:
        yield f"{name} is a package of one kind alone"
    for path in (packaging / "debian").glob("waxseal*.*"):
        if path.name.split(".")[0] not in packages_of(control):
            yield f"packaging/debian/{path.name} belongs to no package"
    needed = development(control.split("\nPackage:")[0])
    ours = development(re.search(r'^packages="(.*?)"', (packaging / "install-build-deps").read_text(), re.M | re.S)[1])
    for name in needed ^ ours:
        yield f"{name} is named by one of debian/control and install-build-deps alone"


def problems_of_versions(cmake, packaging):
    version = re.search(r"^project\(waxseal VERSION ([\d.]+)", cmake, re.M)[1]
    changelog = (packaging / "debian/changelog").read_text().split("\n")[0]
    spec = (packaging / "rpm/waxseal.spec").read_text()
    if f"({version}-" not in changelog:
        yield f"debian/changelog begins with {changelog}, CMakeLists.txt has {version}"
    if re.search(r"^Version: +(\S+)$", spec, re.M)[1] != version:
        yield f"waxseal.spec has another version than CMakeLists.txt, {version}"
    entry = spec.split("%changelog\n")[1].split("\n")[0]
    if f" {version}-" not in entry:
        yield f"waxseal.spec: %changelog begins with {entry}, CMakeLists.txt has {version}"


def problems_of_scripts(packaging):
    shell = [*packaging.glob("debian/*.p*inst"), *packaging.glob("debian/*.p*rm"), packaging / "build", packaging / "install-build-deps"]
    for script in shell:
        read = subprocess.run(["sh", "-n", script], capture_output=True, text=True)
        if read.returncode != 0:
            yield read.stderr.strip()


def problems(paths, packaging, cmake):
    yield from problems_of_debian(paths, packaging / "debian")
    yield from problems_of_lists("rpm", [MOVED_IN_RPM.get(path, path) for path in paths], rpm_lists(packaging / "rpm/waxseal.spec"))
    yield from problems_of_names(packaging)
    yield from problems_of_versions(cmake, packaging)
    yield from problems_of_scripts(packaging)


class SelfTest(unittest.TestCase):
    """The tree's own packaging, with paths made up from what the RPM lists, and one thing changed."""

    def setUp(self):
        self.place = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.place)
        self.packaging = pathlib.Path(self.place, "packaging")
        shutil.copytree(ROOT / "packaging", self.packaging)
        self.cmake = (ROOT / "CMakeLists.txt").read_text()
        back = {new: old for old, new in MOVED_IN_RPM.items()}
        patterns = [pattern.rstrip("*") for patterns in rpm_lists(ROOT / "packaging/rpm/waxseal.spec").values() for pattern in patterns]
        self.paths = [back.get(path, path + "/README" if "/doc/" in path else path) for path in patterns]
        self.paths.append("/usr/share/doc/waxseal-postfix/examples/main.cf.snippet")

    def problems(self):
        return "\n".join(problems(self.paths, self.packaging, self.cmake))

    def edit(self, name, old, new):
        path = self.packaging / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))

    def test_as_it_is(self):
        self.paths.remove("/usr/share/doc/waxseal-postfix/README")
        self.assertEqual(self.problems(), "")

    def test_a_file_that_no_package_has(self):
        self.paths.append("/usr/sbin/waxseal-new")
        found = self.problems()
        self.assertIn("debian: /usr/sbin/waxseal-new is in no package", found)
        self.assertIn("rpm: /usr/sbin/waxseal-new is in no package", found)

    def test_a_unit_that_debhelper_does_not_know(self):
        (self.packaging / "debian/waxseal-lmtpd.socket").unlink()
        self.assertIn("needs packaging/debian/waxseal-lmtpd.socket", self.problems())

    def test_a_file_that_is_gone(self):
        self.paths.remove("/usr/bin/waxseal")
        self.assertIn("debian: waxseal names /usr/bin/waxseal, which is not installed", self.problems())

    def test_a_file_in_two_packages(self):
        self.edit("debian/waxseal.install", "usr/bin/waxseal", "usr/bin/waxseal\nusr/sbin/waxseal-jmapd")
        self.assertIn("/usr/sbin/waxseal-jmapd is in ", self.problems())

    def test_a_package_that_has_no_rpm(self):
        self.edit("debian/control", "Package: waxseal-postfix", "Package: waxseal-exim")
        found = self.problems()
        self.assertIn("waxseal-exim is a package of one kind alone", found)
        self.assertIn("packaging/debian/waxseal-postfix.install belongs to no package", found)

    def test_a_library_that_only_one_of_them_needs(self):
        self.edit("install-build-deps", "zlib1g-dev", "liblzma-dev")
        self.assertIn("liblzma-dev is named by one", self.problems())
        self.assertIn("zlib1g-dev is named by one", self.problems())

    def test_another_version(self):
        self.cmake = self.cmake.replace("VERSION 0.", "VERSION 9.")
        self.assertEqual(self.problems().count("CMakeLists.txt"), 3)

    def test_a_script_that_the_shell_cannot_read(self):
        self.edit("debian/waxseal-common.postinst", "then", "")
        self.assertIn("waxseal-common.postinst", self.problems())


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        unittest.main(argv=sys.argv[:1])
    files = installed(sys.argv[1])
    wrong = list(problems(files, ROOT / "packaging", (ROOT / "CMakeLists.txt").read_text()))
    print("\n".join(wrong) or f"packages: {len(files)} installed files have their places")
    sys.exit(1 if wrong or not files else 0)
