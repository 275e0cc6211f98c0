// Tells Catch2 what TestBroker finds broken when a test has ended.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

namespace {

const bool installed = [] {
    leveret::test::TestBroker::report = [](const std::string& broken) { FAIL_CHECK(broken); };
    return true;
}();

}  // namespace
