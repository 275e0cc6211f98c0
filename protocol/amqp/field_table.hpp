// Field tables: values with a type letter, arrays and tables of them. A table that is read and
// written again has the same octets, letters and duplicate keys included; only a true that came
// as another number than 1 becomes 1.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/amqp/types.hpp"
#include "protocol/octet_buffer.hpp"

namespace leveret::protocol::amqp {

/// Tables and arrays may be nested this deep; one more is malformed. The walk is recursive, so it
/// must end; no known client nests deeper than ten.
inline constexpr int field_nesting_max = 100;

/// 'V'
struct Void {
    bool operator==(const Void&) const = default;
};
/// 'D': value / 10^scale
struct Decimal {
    std::uint8_t scale{};
    std::uint32_t value{};
    bool operator==(const Decimal&) const = default;
};
/// 'T': seconds since 1970; any 64 bits are accepted
struct Timestamp {
    std::uint64_t seconds{};
    bool operator==(const Timestamp&) const = default;
};
/// 'x'
struct ByteArray {
    std::string octets{};
    bool operator==(const ByteArray&) const = default;
};
/// 'L'; the specification wants it unsigned, RabbitMQ and all clients read it as signed.
struct LongLongInt {
    std::int64_t value{};
    bool operator==(const LongLongInt&) const = default;
};

struct FieldArray;
class FieldTable;

/// One value; the alternative is the type letter:
/// V t b B s u I i l L f d D T S x A F, in this order.
/// Rule: 0-9-1 §4.2.1 and RabbitMQ's errata disagree ('s', 'l', 'L'); these are RabbitMQ's.
using FieldValue =
    std::variant<Void, bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t,
                 std::uint32_t, std::int64_t, LongLongInt, float, double, Decimal, Timestamp,
                 std::string, ByteArray, FieldArray, FieldTable>;
using FieldEntry = std::pair<std::string, FieldValue>;

/// 'A': values in order.
struct FieldArray {
    std::vector<FieldValue> values;
    bool operator==(const FieldArray& other) const;  ///< as encoded: letters and octets
};

/// 'F': keys and values in the order of the wire. Keys may repeat; the first one counts.
class FieldTable {
public:
    FieldTable() = default;
    FieldTable(std::initializer_list<FieldEntry> entries);

    /// Reads a table from its octets, without the four octets of length.
    /// Throws: ProtocolError(frame_error) when they are malformed; nested deeper than
    ///         field_nesting_max counts as that.
    /// Units:  takes up to some 72 octets of memory for one of the wire (an array of voids).
    [[nodiscard]] static FieldTable parse(std::string_view octets);
    [[nodiscard]] static FieldTable parse(TableOctets table) { return parse(table.octets); }

    /// Walks a table without allocating.
    /// Throws: as parse().
    static void validate(std::string_view octets);

    /// Walks a table; allocates only to say what is wrong.
    /// Returns: what is wrong and at which octet, empty when it is sound.
    [[nodiscard]] static std::string find_fault(std::string_view octets);

    /// Appends the encoded entries, without the four octets of length.
    void encode(OctetBuffer& out) const;
    [[nodiscard]] std::string encoded() const;

    /// Returns: the value of the first entry of that name, or nullptr.
    [[nodiscard]] const FieldValue* find(std::string_view name) const;
    [[nodiscard]] FieldValue* find(std::string_view name);
    [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }

    /// Adds an entry at the end, whatever is there already.
    /// Throws: ProtocolError(syntax_error) when the name is longer than 255 octets.
    void append(std::string name, FieldValue value);
    /// Replaces the first entry of that name, or adds one at the end.
    /// Throws: as append().
    void set(std::string_view name, FieldValue value);
    /// Removes all entries of that name. Returns: how many there were.
    std::size_t erase(std::string_view name);

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool empty() const;
    [[nodiscard]] std::vector<FieldEntry>::const_iterator begin() const;
    [[nodiscard]] std::vector<FieldEntry>::const_iterator end() const;

    /// Equal when the encodings are: same entries, letters and order; NaN equals itself.
    bool operator==(const FieldTable& other) const;

private:
    std::vector<FieldEntry> entries_;
};

/// The value of any integer type (b B s u I i l L), else nothing.
[[nodiscard]] std::optional<std::int64_t> as_integer(const FieldValue& value);
/// The text of a long string ('S'), else nothing. Lifetime: a view of the value.
[[nodiscard]] std::optional<std::string_view> as_string(const FieldValue& value);
[[nodiscard]] std::optional<bool> as_bool(const FieldValue& value);
[[nodiscard]] const FieldTable* as_table(const FieldValue& value);
[[nodiscard]] const FieldArray* as_array(const FieldValue& value);

/// The letter on the wire.
[[nodiscard]] char type_letter(const FieldValue& value);
/// The name RabbitMQ uses in its texts: longstr, signedint, …
[[nodiscard]] std::string_view type_name(const FieldValue& value);
/// The value alone, for people: at most 100 octets.
[[nodiscard]] std::string render(const FieldValue& value);
/// For error texts, as RabbitMQ puts it: the value '10' of type 'signedint'.
[[nodiscard]] std::string describe(const FieldValue& value);

}  // namespace leveret::protocol::amqp
