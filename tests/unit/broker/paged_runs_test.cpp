// Runs of messages that are on disk only.
#include "broker/paged_runs.hpp"

#include "tests/support/catch.hpp"

using namespace leveret::broker;
using leveret::storage::Sequence;
using leveret::storage::SequenceRange;

TEST_CASE("neighbours become one run, whichever end they come to", "[paging]") {
    PagedRuns runs;
    runs.append({.first = 10, .count = 2, .octets = 20});
    runs.append({.first = 12, .count = 1, .octets = 5});
    runs.prepend({.first = 9, .count = 1, .octets = 1});
    CHECK(runs.runs().size() == 1);
    CHECK(runs.count() == 4);
    CHECK(runs.octets() == 26);
    CHECK(runs.first() == Sequence{9});
}

TEST_CASE("gaps and delivered messages are runs of their own", "[paging]") {
    PagedRuns runs;
    runs.append({.first = 1, .count = 1});
    runs.append({.first = 3, .count = 1});
    runs.append({.first = 4, .count = 1, .redelivered = true});
    CHECK(runs.runs().size() == 3);
}

TEST_CASE("the first messages are told as ranges", "[paging]") {
    PagedRuns runs;
    runs.append({.first = 1, .count = 3});
    runs.append({.first = 10, .count = 100});
    std::vector<SequenceRange> ranges;
    CHECK(runs.first_ranges(5, ranges) == 5);
    CHECK(ranges ==
          std::vector<SequenceRange>{{Sequence{1}, Sequence{4}}, {Sequence{10}, Sequence{12}}});
    ranges.clear();
    CHECK(runs.first_ranges(1000, ranges) == 103);
}

TEST_CASE("what is taken out takes its octets along", "[paging]") {
    PagedRuns runs;
    runs.append({.first = 1, .count = 4, .octets = 40});
    runs.pop_first(25);
    CHECK(runs.octets() == 15);
    CHECK(runs.first() == Sequence{2});
    runs.pop_below(Sequence{4});  // 2 and 3 were not there; they had 5 each on the average
    CHECK(runs.count() == 1);
    CHECK(runs.octets() == 5);
    runs.pop_first(1000);  // the last one takes what is left
    CHECK(runs.empty());
    CHECK(runs.octets() == 0);
    CHECK(runs.count() == 0);
}
