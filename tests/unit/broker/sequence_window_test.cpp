// The set of what is out for delivery, where numbers lie close together and where they do not.
#include "broker/sequence_window.hpp"

#include "tests/support/catch.hpp"

using leveret::broker::SequenceWindow;
using leveret::storage::Sequence;

TEST_CASE("a window of sequences lists what is in it, rising", "[sequence-window]") {
    SequenceWindow window;
    for (const std::uint64_t number : {5'000u, 3u, 4'096u, 4'095u, 3u}) {
        window.insert(Sequence{number});
    }
    window.erase(Sequence{4'095});
    window.erase(Sequence{4'094});
    window.erase(Sequence{1'000'000});
    CHECK(window.list() == std::vector{Sequence{3}, Sequence{4'096}, Sequence{5'000}});
    for (const std::uint64_t number : {3u, 4'096u, 5'000u}) window.erase(Sequence{number});
    CHECK(window.empty());
    CHECK(window.list().empty());
    window.insert(Sequence{5'001});
    CHECK(window.list() == std::vector{Sequence{5'001}});
}

TEST_CASE("messages of two starts can be out at once: their numbers lie far apart",
          "[sequence-window]") {
    SequenceWindow window;
    const Sequence old{(std::uint64_t{1} << 40) + 7};
    const Sequence fresh{(std::uint64_t{2} << 40) + 1};
    window.insert(fresh);
    window.insert(old);
    CHECK(window.list() == std::vector{old, fresh});
    window.erase(old);
    CHECK(window.list() == std::vector{fresh});
}
