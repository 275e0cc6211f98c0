// The codec of field tables, and what error texts say of a value.
#include "protocol/amqp/field_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <type_traits>

#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/wire_reader.hpp"
#include "protocol/amqp/wire_writer.hpp"
#include "protocol/utf8.hpp"

namespace leveret::protocol::amqp {

namespace {

/// Letters and RabbitMQ's names, in the order of FieldValue's alternatives.
struct TypeInfo {
    char letter;
    std::string_view name;
};
constexpr std::array<TypeInfo, std::variant_size_v<FieldValue>> types{{
    {'V', "void"},
    {'t', "bool"},
    {'b', "byte"},
    {'B', "unsignedbyte"},
    {'s', "short"},
    {'u', "unsignedshort"},
    {'I', "signedint"},
    {'i', "unsignedint"},
    {'l', "long"},
    {'L', "long"},
    {'f', "float"},
    {'d', "double"},
    {'D', "decimal"},
    {'T', "timestamp"},
    {'S', "longstr"},
    {'x', "binary"},
    {'A', "array"},
    {'F', "table"},
}};

// --- Checking ---------------------------------------------------------------------------------

constexpr int with_length = -1;
constexpr int unknown_type = -2;

/// Octets behind the letter.
int value_octets(char letter) {
    switch (letter) {
        case 'V':
            return 0;
        case 't':
        case 'b':
        case 'B':
            return 1;
        case 's':
        case 'u':
            return 2;
        case 'I':
        case 'i':
        case 'f':
            return 4;
        case 'D':
            return 5;
        case 'l':
        case 'L':
        case 'd':
        case 'T':
            return 8;
        case 'S':
        case 'x':
        case 'A':
        case 'F':
            return with_length;
        default:
            return unknown_type;
    }
}

/// Walks tables and arrays; stops at the first fault.
class Walk {
public:
    explicit Walk(std::string_view octets) : start_(octets.data()) {}

    /// Walks what is between `at` and `end`: names and values, or values only.
    bool run(const char* at, const char* end, bool names, int nesting) {
        while (at != end) {
            if (names) {
                const std::size_t length = static_cast<unsigned char>(*at);
                if (left(at, end) < 1 + length) return fail(at, "name of a field is cut short");
                at += 1 + length;
                if (at == end) return fail(at, "a name without a value");
            }
            const char* letter = at++;
            const int octets = value_octets(*letter);
            if (octets == unknown_type) return fail(letter, "unknown type of a field value");
            if (octets != with_length) {
                if (left(at, end) < static_cast<std::size_t>(octets)) return fail_cut(letter);
                at += octets;
                continue;
            }
            if (left(at, end) < 4) return fail_cut(letter);
            const std::size_t length = load32(at);
            at += 4;
            if (left(at, end) < length) return fail_cut(letter);
            if (*letter == 'A' || *letter == 'F') {
                if (nesting == field_nesting_max) return fail(letter, "nested too deep");
                if (!run(at, at + length, *letter == 'F', nesting + 1)) return false;
            }
            at += length;
        }
        return true;
    }

    [[nodiscard]] std::string fault() const {
        if (what_.empty()) return {};
        std::string text(what_);
        if (letter_ != '\0') {
            static constexpr char digits[] = "0123456789abcdef";
            const auto code = static_cast<unsigned char>(letter_);
            text.append(" (type 0x").append(1, digits[code >> 4]).append(1, digits[code & 15]);
            text += ')';
        }
        return text + " at octet " + std::to_string(at_);
    }

private:
    static std::size_t left(const char* at, const char* end) {
        return static_cast<std::size_t>(end - at);
    }
    bool fail(const char* at, std::string_view what) {
        what_ = what;
        at_ = static_cast<std::size_t>(at - start_);
        letter_ = what == "unknown type of a field value" ? *at : '\0';
        return false;
    }
    bool fail_cut(const char* letter) {
        fail(letter, "a field value is cut short");
        letter_ = *letter;
        return false;
    }

    const char* start_;
    std::string_view what_;
    std::size_t at_ = 0;
    char letter_ = '\0';
};

// --- Reading, of octets that were checked -------------------------------------------------------

FieldValue read_value(WireReader& in) {
    const char letter = static_cast<char>(in.u8());
    switch (letter) {
        case 'V':
            return Void{};
        case 't':
            return in.u8() != 0;
        case 'b':
            return static_cast<std::int8_t>(in.u8());
        case 'B':
            return in.u8();
        case 's':
            return static_cast<std::int16_t>(in.u16());
        case 'u':
            return in.u16();
        case 'I':
            return static_cast<std::int32_t>(in.u32());
        case 'i':
            return in.u32();
        case 'l':
            return static_cast<std::int64_t>(in.u64());
        case 'L':
            return LongLongInt{static_cast<std::int64_t>(in.u64())};
        case 'f':
            return std::bit_cast<float>(in.u32());
        case 'd':
            return std::bit_cast<double>(in.u64());
        case 'D': {
            const std::uint8_t scale = in.u8();
            return Decimal{scale, in.u32()};
        }
        case 'T':
            return Timestamp{in.u64()};
        case 'S':
            return in.long_string().str();
        case 'x':
            return ByteArray{in.long_string().str()};
        default:
            break;
    }
    WireReader inner(in.long_string());
    if (letter == 'A') {
        FieldArray array;
        while (!inner.at_end()) array.values.push_back(read_value(inner));
        return array;
    }
    FieldTable table;
    while (!inner.at_end()) {
        std::string name(inner.short_octets());
        table.append(std::move(name), read_value(inner));
    }
    return table;
}

// --- Writing ------------------------------------------------------------------------------------

void write_value(OctetBuffer& out, const FieldValue& value);

struct WriteField {
    OctetBuffer& buffer;
    WireWriter out{buffer};

    void operator()(Void) { static_cast<void>(out); }
    void operator()(bool value) { out.u8(value ? 1 : 0); }
    void operator()(std::int8_t value) { out.u8(static_cast<std::uint8_t>(value)); }
    void operator()(std::uint8_t value) { out.u8(value); }
    void operator()(std::int16_t value) { out.u16(static_cast<std::uint16_t>(value)); }
    void operator()(std::uint16_t value) { out.u16(value); }
    void operator()(std::int32_t value) { out.u32(static_cast<std::uint32_t>(value)); }
    void operator()(std::uint32_t value) { out.u32(value); }
    void operator()(std::int64_t value) { out.u64(static_cast<std::uint64_t>(value)); }
    void operator()(LongLongInt value) { out.u64(static_cast<std::uint64_t>(value.value)); }
    void operator()(float value) { out.u32(std::bit_cast<std::uint32_t>(value)); }
    void operator()(double value) { out.u64(std::bit_cast<std::uint64_t>(value)); }
    void operator()(Decimal value) {
        out.u8(value.scale);
        out.u32(value.value);
    }
    void operator()(Timestamp value) { out.u64(value.seconds); }
    void operator()(const std::string& value) { out.long_string(value); }
    void operator()(const ByteArray& value) { out.long_string(value.octets); }
    void operator()(const FieldArray& array) {
        const std::size_t begin = out.begin_length();
        for (const FieldValue& value : array.values) write_value(buffer, value);
        out.end_length(begin);
    }
    void operator()(const FieldTable& table) {
        const std::size_t begin = out.begin_length();
        table.encode(buffer);
        out.end_length(begin);
    }
};

void write_value(OctetBuffer& out, const FieldValue& value) {
    *out.grow(1) = type_letter(value);
    std::visit(WriteField{out}, value);
}

// --- Comparing ----------------------------------------------------------------------------------

bool same_value(const FieldValue& left, const FieldValue& right) {
    if (left.index() != right.index()) return false;
    return std::visit(
        [&]<class Value>(const Value& value) {
            const auto& other = std::get<Value>(right);
            if constexpr (std::is_same_v<Value, float>) {
                return std::bit_cast<std::uint32_t>(value) == std::bit_cast<std::uint32_t>(other);
            } else if constexpr (std::is_same_v<Value, double>) {
                return std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(other);
            } else {
                return value == other;
            }
        },
        left);
}

// --- Showing ------------------------------------------------------------------------------------

constexpr std::size_t rendered_octets_max = 100;

/// Renders until the bound is passed; the caller cuts.
struct Render {
    std::string& text;

    [[nodiscard]] bool full() const { return text.size() > rendered_octets_max; }

    void operator()(Void) { text += "undefined"; }
    void operator()(bool value) { text += value ? "true" : "false"; }
    template <class Number>
        requires std::is_arithmetic_v<Number>
    void operator()(Number value) {
        char digits[32];
        const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
        text.append(digits, end);
    }
    void operator()(LongLongInt value) { (*this)(value.value); }
    void operator()(Decimal value) {
        (*this)(value.value);
        text += "e-";
        (*this)(value.scale);
    }
    void operator()(Timestamp value) { (*this)(value.seconds); }
    void operator()(const std::string& value) { text += value.substr(0, rendered_octets_max + 1); }
    void operator()(const ByteArray& value) { (*this)(value.octets); }
    void operator()(const FieldArray& array) {
        text += '[';
        for (std::size_t i = 0; i < array.values.size() && !full(); ++i) {
            if (i > 0) text += ',';
            std::visit(*this, array.values[i]);
        }
        text += ']';
    }
    void operator()(const FieldTable& table) {
        text += '{';
        bool first = true;
        for (const auto& [name, value] : table) {
            if (full()) break;
            if (!first) text += ',';
            first = false;
            text.append(name).append(":");
            std::visit(*this, value);
        }
        text += '}';
    }
};

}  // namespace

bool FieldArray::operator==(const FieldArray& other) const {
    return std::equal(values.begin(), values.end(), other.values.begin(), other.values.end(),
                      same_value);
}

FieldTable::FieldTable(std::initializer_list<FieldEntry> entries) {
    for (const auto& [name, value] : entries) append(name, value);
}

FieldTable FieldTable::parse(std::string_view octets) {
    validate(octets);
    FieldTable table;
    WireReader in(octets);
    while (!in.at_end()) {
        std::string name(in.short_octets());
        table.append(std::move(name), read_value(in));
    }
    return table;
}

void FieldTable::validate(std::string_view octets) {
    if (const std::string fault = find_fault(octets); !fault.empty()) {
        throw ProtocolError(reply::frame_error, "malformed field table: " + fault);
    }
}

std::string FieldTable::find_fault(std::string_view octets) {
    Walk walk(octets);
    walk.run(octets.data(), octets.data() + octets.size(), true, 0);
    return walk.fault();
}

void FieldTable::encode(OctetBuffer& out) const {
    WireWriter writer(out);
    for (const auto& [name, value] : entries_) {
        writer.short_string(name);
        write_value(out, value);
    }
}

std::string FieldTable::encoded() const {
    OctetBuffer out;
    encode(out);
    return std::string(out.view());
}

const FieldValue* FieldTable::find(std::string_view name) const {
    const auto at = std::find_if(entries_.begin(), entries_.end(),
                                 [&](const FieldEntry& entry) { return entry.first == name; });
    return at == entries_.end() ? nullptr : &at->second;
}

FieldValue* FieldTable::find(std::string_view name) {
    return const_cast<FieldValue*>(std::as_const(*this).find(name));
}

void FieldTable::append(std::string name, FieldValue value) {
    if (name.size() > short_string_octets_max) {
        throw ProtocolError(
            reply::syntax_error,
            "name of a field of " + std::to_string(name.size()) + " octets is longer than 255");
    }
    entries_.emplace_back(std::move(name), std::move(value));
}

void FieldTable::set(std::string_view name, FieldValue value) {
    if (FieldValue* found = find(name)) {
        *found = std::move(value);
    } else {
        append(std::string(name), std::move(value));
    }
}

std::size_t FieldTable::erase(std::string_view name) {
    return std::erase_if(entries_, [&](const FieldEntry& entry) { return entry.first == name; });
}

std::size_t FieldTable::size() const { return entries_.size(); }
bool FieldTable::empty() const { return entries_.empty(); }
std::vector<FieldEntry>::const_iterator FieldTable::begin() const { return entries_.begin(); }
std::vector<FieldEntry>::const_iterator FieldTable::end() const { return entries_.end(); }

bool FieldTable::operator==(const FieldTable& other) const {
    return std::equal(entries_.begin(), entries_.end(), other.entries_.begin(),
                      other.entries_.end(), [](const FieldEntry& left, const FieldEntry& right) {
                          return left.first == right.first && same_value(left.second, right.second);
                      });
}

std::optional<std::int64_t> as_integer(const FieldValue& value) {
    return std::visit(
        []<class Value>(const Value& held) -> std::optional<std::int64_t> {
            if constexpr (std::is_same_v<Value, LongLongInt>) {
                return held.value;
            } else if constexpr (std::is_integral_v<Value> && !std::is_same_v<Value, bool>) {
                return held;
            } else {
                return std::nullopt;
            }
        },
        value);
}

std::optional<std::string_view> as_string(const FieldValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return std::nullopt;
}

std::optional<bool> as_bool(const FieldValue& value) {
    if (const auto* held = std::get_if<bool>(&value)) return *held;
    return std::nullopt;
}

const FieldTable* as_table(const FieldValue& value) { return std::get_if<FieldTable>(&value); }
const FieldArray* as_array(const FieldValue& value) { return std::get_if<FieldArray>(&value); }

char type_letter(const FieldValue& value) { return types[value.index()].letter; }
std::string_view type_name(const FieldValue& value) { return types[value.index()].name; }

std::string render(const FieldValue& value) {
    std::string text;
    std::visit(Render{text}, value);
    text.resize(cut_utf8(text, rendered_octets_max).size());
    return text;
}

std::string describe(const FieldValue& value) {
    return "the value '" + render(value) + "' of type '" + std::string(type_name(value)) + "'";
}

}  // namespace leveret::protocol::amqp
