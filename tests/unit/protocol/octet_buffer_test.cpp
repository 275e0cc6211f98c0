// Growing at the end, consuming at the front.
#include "protocol/octet_buffer.hpp"

#include <deque>
#include <random>
#include <string>

#include "tests/support/catch.hpp"

using leveret::protocol::OctetBuffer;

TEST_CASE("a buffer holds what was appended, however often it grows", "[octet_buffer]") {
    OctetBuffer buffer;
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        const std::string piece(static_cast<std::size_t>(i % 37), static_cast<char>('a' + i % 26));
        buffer.append(piece);
        expected += piece;
    }
    CHECK(buffer.view() == expected);
    CHECK(buffer.size() == expected.size());
}

TEST_CASE("clear keeps the room, release gives it back", "[octet_buffer]") {
    OctetBuffer buffer;
    buffer.append(std::string(10'000, 'x'));
    const std::size_t room = buffer.capacity();
    buffer.clear();
    CHECK(buffer.empty());
    CHECK(buffer.capacity() == room);
    buffer.release();
    CHECK(buffer.capacity() == 0);
    buffer.append("again");
    CHECK(buffer.view() == "again");
}

TEST_CASE("a buffer that is consumed as fast as it is filled does not grow", "[octet_buffer]") {
    OctetBuffer buffer;
    for (int i = 0; i < 10'000; ++i) {
        buffer.append("0123456789");
        buffer.consume_front(i % 2 == 0 ? 5 : 15);
    }
    CHECK(buffer.capacity() <= 1024);
}

TEST_CASE("a moved buffer takes its octets along", "[octet_buffer]") {
    OctetBuffer from;
    from.append("octets");
    OctetBuffer to = std::move(from);
    CHECK(to.view() == "octets");
    OctetBuffer third;
    third.append("lost");
    third = std::move(to);
    CHECK(third.view() == "octets");
}

TEST_CASE("random appends and consumes agree with a deque", "[octet_buffer]") {
    std::minstd_rand random(Catch::rngSeed());
    INFO("rng seed " << Catch::rngSeed());
    OctetBuffer buffer;
    std::deque<char> model;
    for (int step = 0; step < 5000; ++step) {
        if (random() % 2 == 0) {
            const std::string piece(random() % 300, static_cast<char>(step));
            buffer.append(piece);
            model.insert(model.end(), piece.begin(), piece.end());
        } else if (!model.empty()) {
            const std::size_t count = random() % (model.size() + 1);
            buffer.consume_front(count);
            model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count));
        }
        REQUIRE(buffer.size() == model.size());
    }
    CHECK(std::equal(model.begin(), model.end(), buffer.view().begin()));
}
