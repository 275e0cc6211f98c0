#!/usr/bin/env python3
"""Tests of the check itself, each on a small tree of its own."""

import importlib.machinery
import importlib.util
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
LOADER = importlib.machinery.SourceFileLoader("check", str(HERE / "check"))
check = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", LOADER))
LOADER.exec_module(check)


class CheckTest(unittest.TestCase):
    def tree(self, **files):
        """A tree of these files; `__` in a name is a slash."""
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="leveret-structure-"))
        self.addCleanup(shutil.rmtree, self.root)
        for name, text in files.items():
            self.write(name.replace("__", "/").replace("_hpp", ".hpp").replace("_cpp", ".cpp")
                       .replace("_py", ".py").replace("_md", ".md"), text)
        return check.Tree(self.root)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def test_includes_may_go_down(self):
        tree = self.tree(protocol__a_hpp="", broker__b_hpp='#include "protocol/a.hpp"\n',
                         broker__amqp__c_cpp='#include <string>\n#include "broker/b.hpp"\n',
                         cli__main_cpp='#include "broker/b.hpp"\n')
        self.assertEqual(list(check.check_includes(tree)), [])

    def test_an_include_that_goes_up_is_found_with_its_line(self):
        tree = self.tree(protocol__a_hpp='\n#include "broker/b.hpp"\n', broker__b_hpp="")
        self.assertEqual(list(check.check_includes(tree)),
                         ['protocol/a.hpp:2: protocol/ must not include broker: "broker/b.hpp"'])

    def test_routing_and_storage_never_meet(self):
        tree = self.tree(routing__a_hpp='#include "storage/b.hpp"\n', storage__b_hpp='#include "routing/a.hpp"\n')
        self.assertEqual(len(list(check.check_includes(tree))), 2)

    def test_the_core_of_the_broker_knows_no_protocol_adapter(self):
        tree = self.tree(broker__b_hpp='#include "broker/amqp/c.hpp"\n', broker__amqp__c_hpp="")
        self.assertEqual(len(list(check.check_includes(tree))), 1)

    def test_the_product_never_includes_tests(self):
        tree = self.tree(broker__b_hpp='#include "tests/support/c.hpp"\n', tests__support__c_hpp="")
        self.assertEqual(len(list(check.check_includes(tree))), 1)

    def test_includes_are_written_from_the_root(self):
        tree = self.tree(broker__b_hpp='#include "c.hpp"\n', broker__c_hpp="")
        self.assertEqual(list(check.check_includes(tree)),
                         ['broker/b.hpp:1: "c.hpp" is no path from the root of the project'])

    def test_a_foreign_library_stays_in_its_files(self):
        tree = self.tree(storage__lmdb_environment_cpp="#include <lmdb.h>\n", storage__store_cpp="#include <lmdb.h>\n")
        self.assertEqual(list(check.check_includes(tree)),
                         ["storage/store.cpp:1: <lmdb.h> belongs to storage/lmdb_*"])

    def headers_tree(self, **files):
        tree = self.tree(**files)
        (self.root / "build").mkdir()
        compiler = next(name for name in ("clang++-19", "clang++", "g++") if shutil.which(name))
        commands = [{"directory": str(self.root / "build"), "file": f"../{path}",
                     "command": f"{compiler} -I.. -std=c++20 -Wall -Werror -o x.o -c ../{path}"}
                    for path in tree.ending(".cpp")]
        (self.root / "build/compile_commands.json").write_text(json.dumps(commands))
        return tree

    def test_a_header_that_needs_another_one_before_it_is_found(self):
        tree = self.headers_tree(protocol__bad_hpp="std::string text();\n", protocol__good_hpp="#pragma once\nint f();\n",
                                 protocol__x_cpp='#include <string>\n#include "protocol/bad.hpp"\n')
        problems = list(check.check_headers_alone(tree, "build"))
        self.assertEqual([problem.split("\n")[0] for problem in problems],
                         ["protocol/bad.hpp: does not compile alone"])

    def test_a_header_that_its_source_includes_first_is_left_to_the_build(self):
        tree = self.headers_tree(protocol__a_hpp="this is no C++\n", protocol__a_cpp='#include "protocol/a.hpp"\n',
                                 protocol__b_hpp="nor is this\n", protocol__b_cpp='#include <string>\n#include "protocol/b.hpp"\n')
        problems = list(check.check_headers_alone(tree, "build"))
        self.assertEqual([problem.split(":")[0] for problem in problems], ["protocol/b.hpp"])

    def test_a_header_is_compiled_again_when_what_it_includes_changes(self):
        files = {"protocol__a_hpp": '#include "protocol/b.hpp"\nusing A = B;\n', "protocol__b_hpp": "using B = int;\n",
                 "protocol__x_cpp": ""}
        tree = self.headers_tree(**files)
        self.assertEqual(list(check.check_headers_alone(tree, "build")), [])
        self.assertEqual(list(check.check_headers_alone(tree, "build")), [])
        self.write("protocol/b.hpp", "using C = int;\n")
        problems = list(check.check_headers_alone(check.Tree(self.root), "build"))
        self.assertEqual([problem.split(":")[0] for problem in problems], ["protocol/a.hpp"])

    def test_sleep_is_found_in_tests_of_any_language(self):
        tree = self.tree(tests__a_cpp="std::this_thread::sleep_for(1s);\n", tests__b_py="import time\ntime.sleep(1)\n",
                         tests__c="#!/bin/sh\nsleep 1\n", tests__d_cpp="::usleep (10);\n",
                         tests__e_py="await asyncio.sleep(0.1)\n")
        self.assertEqual([problem.split(": ")[0] for problem in check.check_sleep(tree)],
                         ["tests/a.cpp:1", "tests/b.py:2", "tests/c:2", "tests/d.cpp:1", "tests/e.py:1"])

    def test_a_word_is_no_sleep_and_benchmarks_may(self):
        tree = self.tree(tests__a_cpp="int asleep = 1;  // never sleep_for here\n",
                         tests__b_py="# no time.sleep(1)\nawait asyncio.sleep(0)\n",
                         tests__bench__c_cpp="::usleep(1);\n", broker__d_cpp="::usleep(1);\n")
        self.assertEqual(list(check.check_sleep(tree)), [])

    def test_a_readme_may_name_what_is_there(self):
        tree = self.tree(broker__queue_cpp="void Queue::publish() {}\n", broker__amqp__a_hpp="", broker__amqp__b_hpp="",
                         broker__README_md="`Queue::publish()`, `publish()`, `queue.cpp`, `broker/queue.cpp`, `amqp/`, "
                                           "`amqp/{a,b}.hpp`, `amqp/*.hpp`, `std::vector`, `::1`, `()`, `text/plain`, `build/leveret`\n"
                                           "```\nold::names()\n```\n")
        self.assertEqual(list(check.check_readmes(tree)), [])

    def test_a_readme_that_names_what_is_gone_is_found(self):
        tree = self.tree(broker__queue_cpp="", broker__README_md="`Queue::old_name()`\n`gone.cpp` `broker/gone/`\n`amqp/{a,b}.hpp`\n",
                         broker__amqp__a_hpp="class Queue;")
        self.assertEqual(list(check.check_readmes(tree)), [
            "broker/README.md:1: nothing is called old_name: `Queue::old_name()`",
            "broker/README.md:2: there is no file `gone.cpp`",
            "broker/README.md:2: there is no file `broker/gone/`",
            "broker/README.md:3: there is no file `amqp/b.hpp`"])

    def test_links_of_documents_lead_somewhere(self):
        tree = self.tree(docs__a_md="[b](b.md) [top](../README.md#here) [web](https://example.com/x)\n[c](c.md)\n",
                         docs__b_md="", README_md="[docs](docs/)")
        self.assertEqual(list(check.check_readmes(tree)), ["docs/a.md:2: the link leads nowhere: c.md"])

    def test_references_to_the_outside_are_found(self):
        tree = self.tree(docs__a_md="see ../shar" + "ed/design\n", docs__b_md="\nin /wor" + "k/place\n", docs__c_md="a network\n")
        self.assertEqual([problem.split(": ")[0] for problem in check.check_outside(tree)],
                         ["docs/a.md:1", "docs/b.md:2"])


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
