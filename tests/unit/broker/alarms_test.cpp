// The memory alarm: raised at its mark, ended somewhat below, told once each time.
#include "broker/alarms.hpp"

#include "tests/support/catch.hpp"

using namespace leveret::broker;

namespace {

struct Listener final : AlarmListener {
    int told = 0;
    void alarms_changed() override { ++told; }
};

}  // namespace

TEST_CASE("the memory alarm stands from above its mark to somewhat below", "[alarms]") {
    Alarms alarms(1000);
    Listener listener;
    alarms.add(listener);

    alarms.memory_used(1000);
    CHECK_FALSE(alarms.any());
    CHECK(alarms.reason().empty());
    alarms.memory_used(1001);
    CHECK(alarms.memory());
    CHECK(alarms.reason() == "low on memory");
    alarms.memory_used(5000);
    alarms.memory_used(999);
    CHECK(alarms.any());  // not at the mark: it would flutter
    CHECK(listener.told == 1);
    alarms.memory_used(900);
    CHECK_FALSE(alarms.any());
    CHECK(listener.told == 2);
    alarms.memory_used(999);
    CHECK_FALSE(alarms.any());
    CHECK(listener.told == 2);
}

TEST_CASE("a mark of 0 blocks all publishers", "[alarms]") {
    Alarms alarms(0);
    alarms.memory_used(1);
    CHECK(alarms.any());
}

TEST_CASE("a listener may leave while it is told", "[alarms]") {
    Alarms alarms(1000);
    struct Leaver final : AlarmListener {
        explicit Leaver(Alarms& its_alarms) : alarms(its_alarms) {}
        void alarms_changed() override { alarms.remove(*this); }
        Alarms& alarms;
    };
    Leaver leaver(alarms);
    Listener listener;
    alarms.add(leaver);
    alarms.add(listener);

    alarms.memory_used(2000);
    CHECK(listener.told == 1);
    alarms.memory_used(0);
    CHECK(listener.told == 2);
}

TEST_CASE("the memory of this process and of its machine are measured", "[alarms]") {
    CHECK(process_memory_octets() > 100'000);
    CHECK(available_memory_octets() > process_memory_octets());
}
