// What nearly every test includes, compiled once: Catch2 alone takes longer than most tests.
// A file still includes what it uses.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"
