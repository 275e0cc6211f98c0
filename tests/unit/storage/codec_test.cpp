// The format on disk, octet by octet: a change of layout must be noticed here.
#include <cstring>
#include <string>
#include <vector>

#include "storage/chunk.hpp"
#include "storage/crc32c.hpp"
#include "storage/packer.hpp"
#include "storage/records.hpp"
#include "storage/storage_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"
#include "tests/unit/storage/map_environment.hpp"

using namespace leveret::storage;
using leveret::test::hex;
using leveret::test::MapDisk;
using leveret::test::MapEnvironment;
using leveret::test::octets;

TEST_CASE("CRC32C has its known values, by instruction and by table", "[storage][crc32c]") {
    CHECK(crc32c("") == 0);
    CHECK(crc32c("123456789") == 0xE3069283);
    CHECK(crc32c_by_table("123456789") == 0xE3069283);
    CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
    std::string text;
    for (int length = 0; length < 200; ++length) {
        CHECK(crc32c(text) == crc32c_by_table(text));
        const std::size_t half = text.size() / 2;
        CHECK(crc32c(text.substr(half), crc32c(text.substr(0, half))) == crc32c(text));
        text += static_cast<char>(length * 37);
    }
}

TEST_CASE("an ack record has its known octets", "[storage][format]") {
    AckRecord record{70, 67, {0x8000000000000001, 0x20}, {{5, 1}, {69, 300}}};
    const std::string expected = octets({1,    0, 70, 0, 67, 0, 2, 0, 1, 0, 0, 0, 0,  0, 0,    0x80,
                                         0x20, 0, 0,  0, 0,  0, 0, 0, 5, 0, 1, 0, 69, 0, 0x2C, 1});
    CHECK(hex(record.encode()) == hex(expected));
    CHECK(AckRecord::decode(1, expected) == record);
}

TEST_CASE("an ack record takes no, one and 15,000 counts", "[storage][format]") {
    for (const std::size_t counts : {0u, 1u, 15'000u}) {
        AckRecord record{15'000, 15'000, std::vector<std::uint64_t>(235), {}};
        for (std::size_t i = 0; i < counts; ++i) {
            record.counts.push_back({static_cast<std::uint16_t>(i), 7});
        }
        const std::string encoded = record.encode();
        CHECK(encoded.size() == 8 + 1880 + 4 * counts);
        CHECK(AckRecord::decode(1, encoded) == record);
    }
}

TEST_CASE("an ack record that contradicts itself is refused", "[storage][format]") {
    const AckRecord record{70, 68, {1, 0x20}, {{5, 1}}};
    const std::string good = record.encode();
    for (std::size_t length = 0; length < good.size(); ++length) {
        CHECK_THROWS_AS(AckRecord::decode(1, good.substr(0, length)), StorageError);
    }
    CHECK_THROWS_AS(AckRecord::decode(1, good + 'x'), StorageError);
    const auto changed = [&](std::size_t at, char octet) {
        std::string bad = good;
        bad[at] = octet;
        return bad;
    };
    CHECK_THROWS_AS(AckRecord::decode(1, changed(0, 2)), StorageError);   // version
    CHECK_THROWS_AS(AckRecord::decode(1, changed(1, 1)), StorageError);   // encoding
    CHECK_THROWS_AS(AckRecord::decode(1, changed(4, 67)), StorageError);  // live
    CHECK_THROWS_AS(AckRecord::decode(1, changed(16, 0x60)), StorageError);
    CHECK_THROWS_AS(AckRecord::decode(1, changed(24, 70)), StorageError);  // entry of a count
}

TEST_CASE("a purge mark has its known octets", "[storage][format]") {
    const PurgeMark mark{0x0102030405060708, {1, 0x0200}};
    const std::string expected = octets({8, 7, 6, 5, 4, 3, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0,
                                         1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0});
    CHECK(hex(mark.encode()) == hex(expected));
    CHECK(PurgeMark::decode(1, expected) == mark);
    for (std::size_t length = 0; length < expected.size(); ++length) {
        CHECK_THROWS_AS(PurgeMark::decode(1, expected.substr(0, length)), StorageError);
    }
}

TEST_CASE("a definition has its known octets", "[storage][format]") {
    Definition definition;
    definition.kind = DefinitionKind::exchange;
    definition.id = DefinitionId{9};
    definition.version = 3;
    definition.flags = Definition::flag_ignorable;
    definition.add(7, "ab");
    definition.add(0x0102, "");
    const std::string expected =
        octets({3, 0, 1, 0, 7, 0, 0, 0, 2, 0, 0, 0}) + "ab" + octets({2, 1, 0, 0, 0, 0, 0, 0});
    CHECK(hex(encode_definition(definition)) == hex(expected));
    CHECK(decode_definition(DefinitionKind::exchange, DefinitionId{9}, expected) == definition);
    CHECK(definition.find(7) == "ab");
    CHECK_FALSE(definition.find(8));
    for (const std::size_t length : {0u, 3u, 5u, 13u, 20u}) {
        CHECK_THROWS_AS(decode_definition(DefinitionKind::exchange, DefinitionId{9},
                                          expected.substr(0, length)),
                        StorageError);
    }
}

TEST_CASE("the records of meta have their known octets", "[storage][format]") {
    FormatRecord format;
    format.uuid = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    format.created_unix_ms = 0x0807060504030201;
    CHECK(hex(format.encode()) == hex(octets({1, 0, 0, 0, 1, 0, 0, 0}) + "0123456789abcdef" +
                                      octets({1, 2, 3, 4, 5, 6, 7, 8, 0, 16, 0, 0, 16, 0, 0, 0})));
    CHECK(FormatRecord::decode(format.encode()) == format);
    const BootRecord boot{3, 2, true};
    CHECK(hex(boot.encode()) == hex(octets({3, 0, 0, 0, 2, 0, 0, 0, 1})));
    CHECK(BootRecord::decode(boot.encode()) == boot);
    CHECK_THROWS_AS(BootRecord::decode("short"), StorageError);
    CHECK_THROWS_AS(FormatRecord::decode("short"), StorageError);
}

TEST_CASE("keys are big endian, so that they sort by number", "[storage][format]") {
    CHECK(hex(Key(0x0102030405060708).octets()) == hex(octets({1, 2, 3, 4, 5, 6, 7, 8})));
    CHECK(hex(Key(std::uint8_t{5}, 258).octets()) == hex(octets({5, 0, 0, 0, 0, 0, 0, 1, 2})));
    CHECK(Key(std::string_view("boot")).octets() == "boot");
    CHECK(Key::number_of(Key(std::uint8_t{5}, 258).octets(), 1) == 258);
    CHECK_FALSE(Key::number_of("short", 0));
}

namespace {

MessageToPack small_message() {
    MessageToPack message;
    message.parts[0] = {"\1e\1k", 4};
    message.parts[1] = {"\x10\0\2", 3};
    message.parts[2] = "body";
    message.head_octets = 7;
    message.body_octets = 4;
    message.unix_ms = 1000;
    message.priority = 9;
    message.flags = ChunkMessage::persistent | ChunkMessage::has_expiry;
    message.expiry_ms = 60'000;
    return message;
}

/// Packs and gives the values back.
struct Packing {
    std::shared_ptr<MapDisk> disk = std::make_shared<MapDisk>();
    MapEnvironment environment{disk};
    std::uint64_t next_id = 1;
    Packer packer{environment, next_id};

    std::map<std::uint64_t, std::string> finish() {
        packer.finish();
        (void)environment.commit();
        std::map<std::uint64_t, std::string> values;
        for (const auto& [key, value] : disk->databases[2]) {
            values[Key::number_of(key, 0).value()] = *value;
        }
        return values;
    }
};

}  // namespace

TEST_CASE("a young chunk has its known octets", "[storage][format]") {
    Packing packing;
    MessageToPack message = small_message();
    const Entry entries[] = {{QueueId{7}, Sequence{3}}, {QueueId{8}, Sequence{1}}};
    packing.packer.add(message, entries);
    message.unix_ms = 1005;
    message.flags = 0;
    message.expiry_ms = 0;
    message.parts[2] = "";
    message.body_octets = 0;
    const Entry next[] = {{QueueId{7}, Sequence{4}}};
    packing.packer.add(message, next);
    const auto values = packing.finish();
    REQUIRE(values.size() == 1);

    const std::string runs =
        octets({7, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}) +
        octets({8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0});
    const std::string messages = octets({160, 0, 0, 0, 7, 0, 0, 0, 4, 0, 0, 0, 0x60, 0xEA, 0, 0,
                                         0,   0, 0, 0, 9, 5, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0}) +
                                 octets({171, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                         5,   0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    const std::string payload =
        std::string("\1e\1k\x10\0\2body", 11) + std::string("\1e\1k\x10\0\2", 7);
    std::string before_crc = "MQC1" + octets({1, 0, 1, 0, 178, 0, 0, 0, 2,   0, 0, 0,
                                              2, 0, 0, 0, 3,   0, 0, 0, 112, 0, 0, 0});
    std::string after_crc = octets({0xE8, 3, 0, 0, 0, 0, 0, 0});
    const auto number = [](std::uint32_t value) {
        std::string text(4, '\0');
        std::memcpy(text.data(), &value, 4);
        return text;
    };
    after_crc += number(crc32c_by_table(payload)) + octets({0, 0, 0, 0});
    const std::uint32_t crc = crc32c_by_table(before_crc + after_crc + runs + messages);
    CHECK(hex(values.at(1)) ==
          hex(before_crc + number(crc) + after_crc + runs + messages + payload));
}

TEST_CASE("a chunk with any octet of its table changed, or cut short, is refused",
          "[storage][format]") {
    Packing packing;
    const Entry entries[] = {{QueueId{7}, Sequence{3}}, {QueueId{8}, Sequence{1}}};
    packing.packer.add(small_message(), entries);
    const auto values = packing.finish();
    const std::string& good = values.at(1);
    const std::size_t table_end = 48 + 2 * 24 + 32;
    CHECK(ChunkView(1, good).payload_intact());
    for (std::size_t at = 0; at < table_end; ++at) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x10);
        CHECK_THROWS_AS(ChunkView(1, bad), StorageError);
    }
    for (std::size_t at = table_end; at < good.size(); ++at) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x10);
        CHECK_FALSE(ChunkView(1, bad).payload_intact());
    }
    for (std::size_t length = 0; length < good.size(); ++length) {
        CHECK_THROWS_AS(ChunkView(1, good.substr(0, length)), StorageError);
    }
}

namespace {

/// Everything that is in the packed values, by (queue, sequence): bodies, checked on the way.
std::map<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<const std::string>> bodies_of(
    const std::map<std::uint64_t, std::string>& values) {
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<const std::string>> bodies;
    for (const auto& [id, value] : values) {
        const ChunkView chunk(id, value);
        REQUIRE(chunk.payload_intact());
        const bool full = value.size() == full_chunk_octets;
        const bool young = value.size() < young_octets_below;
        CHECK((chunk.header().kind == ChunkKind::young ? young : full));
        CHECK(chunk.header().entries <= chunk_entries_max);
        std::vector<std::shared_ptr<const std::string>> body_of;
        for (std::uint32_t i = 0; i < chunk.header().messages; ++i) {
            const ChunkMessage row = chunk.message(i);
            std::string payload;
            for (std::uint64_t p = 0; p < row.pieces; ++p) {
                const ChunkView piece(row.first_piece + p, values.at(row.first_piece + p));
                REQUIRE(piece.header().kind == ChunkKind::piece);
                payload += piece.piece();
            }
            payload += chunk.payload(row);
            REQUIRE(payload.size() == row.payload_octets());
            body_of.push_back(std::make_shared<const std::string>(payload.substr(row.head_octets)));
        }
        for (std::uint32_t i = 0; i < chunk.header().runs; ++i) {
            const ChunkRun run = chunk.run(i);
            for (std::uint32_t k = 0; k < run.count; ++k) {
                CHECK(bodies
                          .emplace(std::pair(run.queue, run.first_sequence + k),
                                   body_of[run.first_message + k])
                          .second);
            }
        }
    }
    return bodies;
}

std::string body_of(std::size_t octets) {
    std::string body(octets, '\0');
    for (std::size_t i = 0; i < octets; ++i) body[i] = static_cast<char>(i * 7 + i / 251);
    return body;
}

}  // namespace

TEST_CASE("payloads around every border of size come back whole", "[storage][format]") {
    constexpr std::size_t head = 7;
    std::vector<std::size_t> payloads{head};
    for (const std::size_t border : {48u * 1024, 65'472u, 65'472u + 48 * 1024, 2 * 65'472u,
                                     3 * 65'472u, 3 * 65'472u + 49'152}) {
        for (const std::size_t payload : {border - 1, border + 0, border + 1}) {
            payloads.push_back(payload);
        }
    }
    for (const std::size_t payload : payloads) {
        Packing packing;
        const std::string body = body_of(payload - head);
        MessageToPack message = small_message();
        message.parts[2] = body;
        message.body_octets = static_cast<std::uint32_t>(body.size());
        const Entry entries[] = {{QueueId{1}, Sequence{1}}};
        const Entry more[] = {{QueueId{1}, Sequence{2}}};
        packing.packer.add(message, entries);
        packing.packer.add(small_message(), more);
        const auto bodies = bodies_of(packing.finish());
        CHECK(bodies.size() == 2);
        CHECK((*bodies.at({1, 1}) == body));
        CHECK(*bodies.at({1, 2}) == "body");
    }
}

TEST_CASE("a fan-out at the borders of a chunk, and far beyond, is whole in every queue",
          "[storage][format]") {
    for (const std::size_t payload : {7u, 1100u, 48u * 1024, 48u * 1024 + 1, 1u << 20}) {
        for (const std::size_t queues :
             {677u, 678u, 679u, 2679u, 2680u, 2681u, 2725u, 2726u, 2727u, 10'000u}) {
            Packing packing;
            const std::string body = body_of(payload - 7);
            MessageToPack message = small_message();
            message.parts[2] = body;
            message.body_octets = static_cast<std::uint32_t>(body.size());
            std::vector<Entry> entries;
            for (std::size_t i = 0; i < queues; ++i) {
                entries.push_back({QueueId{i + 1}, Sequence{i * 3 + 1}});
            }
            packing.packer.add(message, entries);
            const auto bodies = bodies_of(packing.finish());
            CHECK(bodies.size() == queues);
            bool all_whole = true;
            std::shared_ptr<const std::string> last;
            for (const auto& [entry, found] : bodies) {
                if (found != last) all_whole = all_whole && *found == body;
                last = found;
            }
            CHECK(all_whole);
        }
    }
}

TEST_CASE("messages too far apart in time do not share a chunk", "[storage][format]") {
    Packing packing;
    MessageToPack message = small_message();
    const Entry first[] = {{QueueId{1}, Sequence{1}}};
    const Entry second[] = {{QueueId{1}, Sequence{2}}};
    packing.packer.add(message, first);
    message.unix_ms += 0xFFFF'FFFFull;
    packing.packer.add(message, second);
    const auto values = packing.finish();
    REQUIRE(values.size() == 2);
    CHECK(ChunkView(2, values.at(2)).header().base_unix_ms == message.unix_ms);
}
