// Readers and writers of the types that settings have.
#include "broker/config_values.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <ratio>
#include <utility>

namespace leveret::broker::config {

namespace {

std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// Returns: what was written, for messages.
std::string shown(const RawValue& raw) {
    struct Show {
        std::string operator()(const std::string& text) const { return in_quotes(text); }
        std::string operator()(bool value) const { return value ? "true" : "false"; }
        std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
        std::string operator()(double value) const { return fmt::format("{}", value); }
        std::string operator()(const Texts& texts) const { return show(texts); }
    };
    return std::visit(Show{}, raw);
}

[[noreturn]] void refuse(const RawValue& raw, std::string_view expected) {
    throw BadValue(fmt::format("{} is not {}", shown(raw), expected));
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// A text like `1.5GiB`, cut into its number and its unit.
struct Quantity {
    double number{};
    std::string unit{};
};

std::optional<Quantity> quantity(std::string_view text) {
    const std::string trim = trimmed(text);
    const auto digits = std::min(trim.find_first_not_of("0123456789."), trim.size());
    double number{};
    const auto [end, error] = std::from_chars(trim.data(), trim.data() + digits, number);
    if (error != std::errc{} || end != trim.data() + digits) return std::nullopt;
    return Quantity{number, trimmed(std::string_view(trim).substr(digits))};
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// As RabbitMQ reads them: MB is a million, MiB and M are 1024 x 1024.
constexpr std::array size_units{
    Unit{"tib", 1ULL << 40},
    Unit{"gib", 1ULL << 30},
    Unit{"mib", 1ULL << 20},
    Unit{"kib", 1ULL << 10},
    Unit{"tb", 1'000'000'000'000},
    Unit{"gb", 1'000'000'000},
    Unit{"mb", 1'000'000},
    Unit{"kb", 1'000},
    Unit{"t", 1ULL << 40},
    Unit{"g", 1ULL << 30},
    Unit{"m", 1ULL << 20},
    Unit{"k", 1ULL << 10},
    Unit{"b", 1},
};

constexpr std::array duration_units{
    Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}, Unit{"d", 86'400'000},
};

/// Returns: number x unit; a number without a unit counts in units of `bare`.
template <std::size_t N>
std::optional<std::uint64_t> scaled(const std::string& text, const std::array<Unit, N>& units,
                                    std::uint64_t bare) {
    if (const auto whole = whole_number<std::uint64_t>(trimmed(text)))
        return *whole > std::numeric_limits<std::uint64_t>::max() / bare
                   ? std::nullopt
                   : std::optional(*whole * bare);
    const auto parts = quantity(text);
    if (!parts) return std::nullopt;
    const std::string name = lower(parts->unit);
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&](const Unit& candidate) { return candidate.name == name; });
    const double factor = static_cast<double>(unit != units.end() ? unit->factor
                                              : name.empty()      ? bare
                                                                  : 0);
    const double value = std::round(parts->number * factor);
    if (factor == 0 || !(value < 9.2e18)) return std::nullopt;
    return static_cast<std::uint64_t>(value);
}

constexpr std::string_view size_expected = "a size: 1048576, \"16MiB\" or \"50MB\"";

std::optional<std::uint64_t> size_in(const RawValue& raw) {
    if (const auto* number = std::get_if<std::int64_t>(&raw))
        return *number < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*number));
    if (const auto* text = std::get_if<std::string>(&raw)) return scaled(*text, size_units, 1);
    return std::nullopt;
}

template <class Number>
void read_number(const RawValue& raw, Number& value) {
    std::optional<std::uint64_t> number;
    if (const auto* integer = std::get_if<std::int64_t>(&raw); integer && *integer >= 0)
        number = static_cast<std::uint64_t>(*integer);
    if (const auto* text = std::get_if<std::string>(&raw))
        number = whole_number<std::uint64_t>(trimmed(*text));
    constexpr auto most = std::numeric_limits<Number>::max();
    if (!number || *number > most) refuse(raw, fmt::format("a whole number from 0 to {}", most));
    value = static_cast<Number>(*number);
}

/// The words of a choice, in one place for reading, showing and documenting.
template <class Enum, std::size_t N>
using Words = std::array<std::pair<std::string_view, Enum>, N>;

constexpr Words<LogLevel, 4> log_levels{{{"debug", LogLevel::debug},
                                         {"info", LogLevel::info},
                                         {"warning", LogLevel::warning},
                                         {"error", LogLevel::error}}};
constexpr Words<LogFormat, 2> log_formats{{{"text", LogFormat::text}, {"json", LogFormat::json}}};
constexpr Words<StorageSync, 3> storage_syncs{{{"pipelined", StorageSync::pipelined},
                                               {"each", StorageSync::each},
                                               {"none", StorageSync::none}}};
constexpr Words<TlsVerify, 3> tls_verifies{{{"none", TlsVerify::none},
                                            {"optional", TlsVerify::optional},
                                            {"required", TlsVerify::required}}};
constexpr Words<TlsVersion, 2> tls_versions{{{"1.2", TlsVersion::v1_2}, {"1.3", TlsVersion::v1_3}}};
constexpr Words<CertificateLogin, 3> certificate_logins{
    {{"distinguished_name", CertificateLogin::distinguished_name},
     {"common_name", CertificateLogin::common_name},
     {"subject_alternative_name", CertificateLogin::subject_alternative_name}}};
constexpr Words<CertificateSan, 5> certificate_sans{{{"dns", CertificateSan::dns},
                                                     {"ip", CertificateSan::ip},
                                                     {"email", CertificateSan::email},
                                                     {"uri", CertificateSan::uri},
                                                     {"other_name", CertificateSan::other_name}}};

template <class Enum, std::size_t N>
std::string choices(const Words<Enum, N>& words) {
    std::string list;
    for (std::size_t i = 0; i < N; ++i) {
        if (i > 0) list += i + 1 == N ? " or " : ", ";
        list += in_quotes(words[i].first);
    }
    return list;
}

template <class Enum, std::size_t N>
void read_word(const RawValue& raw, Enum& value, const Words<Enum, N>& words) {
    if (const auto* text = std::get_if<std::string>(&raw)) {
        const auto found = std::find_if(words.begin(), words.end(), [&](const auto& word) {
            return word.first == trimmed(*text);
        });
        if (found != words.end()) {
            value = found->second;
            return;
        }
    }
    refuse(raw, "one of " + choices(words));
}

template <class Enum, std::size_t N>
std::string show_word(Enum value, const Words<Enum, N>& words) {
    for (const auto& word : words)
        if (word.second == value) return in_quotes(word.first);
    return {};
}

constexpr std::string_view address_expected =
    "an address: \"127.0.0.1:5672\", \"[::1]:5672\" or \"unix:/path\"";

std::optional<ListenAddress> address(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    if (text.starts_with(unix_prefix)) {
        const std::string_view path = text.substr(unix_prefix.size());
        if (!path.starts_with('/')) return std::nullopt;
        return ListenAddress{.path = std::string(path)};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    const bool brackets = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
    if (brackets) host = host.substr(1, host.size() - 2);
    const bool has_colon = host.find(':') != std::string_view::npos;
    if (!port || host.empty() || brackets != has_colon) return std::nullopt;
    return ListenAddress{.host = std::string(host), .port = *port};
}

std::string show_list(const Texts& texts) {
    std::string list;
    for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + in_quotes(text);
    return '[' + list + ']';
}

}  // namespace

void read(const RawValue& raw, bool& value) {
    if (const auto* flag = std::get_if<bool>(&raw)) {
        value = *flag;
        return;
    }
    const auto* text = std::get_if<std::string>(&raw);
    const std::string word = text ? lower(trimmed(*text)) : "";
    if (word == "true" || word == "1" || word == "yes" || word == "on") {
        value = true;
    } else if (word == "false" || word == "0" || word == "no" || word == "off") {
        value = false;
    } else {
        refuse(raw, "true or false");
    }
}

void read(const RawValue& raw, std::uint16_t& value) { read_number(raw, value); }
void read(const RawValue& raw, std::uint32_t& value) { read_number(raw, value); }

void read(const RawValue& raw, std::uint64_t& value) {
    const auto size = size_in(raw);
    if (!size) refuse(raw, size_expected);
    value = *size;
}

void read(const RawValue& raw, std::optional<std::uint64_t>& value) {
    if (const auto* text = std::get_if<std::string>(&raw); text && trimmed(*text) == "auto") {
        value = std::nullopt;
        return;
    }
    const auto size = size_in(raw);
    if (!size) refuse(raw, fmt::format("\"auto\" or {}", size_expected));
    value = *size;
}

void read(const RawValue& raw, std::chrono::milliseconds& value) {
    std::optional<std::uint64_t> found;
    if (const auto* number = std::get_if<std::int64_t>(&raw); number && *number >= 0)
        found = scaled(fmt::format("{}", *number), duration_units, 1000);
    if (const auto* text = std::get_if<std::string>(&raw))
        found = scaled(*text, duration_units, 1000);
    constexpr std::uint64_t longest = 1000ULL * 86'400'000;
    if (!found || *found > longest)
        refuse(raw, "a duration up to 1000 days: \"10s\", \"250ms\", \"5m\", \"2h\" or \"7d\"");
    value = std::chrono::milliseconds(*found);
}

void read(const RawValue& raw, std::chrono::seconds& value) {
    std::chrono::milliseconds fine{};
    read(raw, fine);
    if (fine.count() % 1000 != 0) refuse(raw, "a duration in whole seconds");
    value = std::chrono::duration_cast<std::chrono::seconds>(fine);
}

void read(const RawValue& raw, RatioOrSize& value) {
    std::optional<double> ratio;
    if (const auto* number = std::get_if<double>(&raw)) ratio = *number;
    if (const auto* text = std::get_if<std::string>(&raw)) {
        const auto parts = quantity(*text);
        if (parts && parts->unit == "%") ratio = parts->number / 100;
        if (parts && parts->unit.empty() && parts->number <= 1) ratio = parts->number;
    }
    if (const auto* number = std::get_if<std::int64_t>(&raw); number && *number <= 1)
        ratio = static_cast<double>(*number);
    if (ratio && *ratio >= 0 && *ratio <= 1) {
        value.value = *ratio;
        return;
    }
    const auto size = ratio ? std::nullopt : size_in(raw);
    if (!size) refuse(raw, "a share from 0 to 1, or a size: 0.6 or \"4GiB\"");
    value.value = *size;
}

void read(const RawValue& raw, std::string& value) {
    const auto* text = std::get_if<std::string>(&raw);
    if (!text) refuse(raw, "a text in quotes");
    value = *text;
}

void read(const RawValue& raw, std::filesystem::path& value) {
    std::string text;
    read(raw, text);
    value = text;
}

void read(const RawValue& raw, Texts& value) {
    if (const auto* list = std::get_if<Texts>(&raw)) {
        value = *list;
        return;
    }
    const auto* text = std::get_if<std::string>(&raw);
    if (!text) refuse(raw, "a list of texts");
    value.clear();
    std::string_view rest = *text;
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        if (std::string item = trimmed(rest.substr(0, comma)); !item.empty())
            value.push_back(std::move(item));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
}

void read(const RawValue& raw, std::vector<ListenAddress>& value) {
    Texts texts;
    read(raw, texts);
    value.clear();
    for (const std::string& text : texts) {
        auto one = address(text);
        if (!one) refuse(RawValue{text}, address_expected);
        value.push_back(std::move(*one));
    }
}

void read(const RawValue& raw, LogLevel& value) { read_word(raw, value, log_levels); }
void read(const RawValue& raw, LogFormat& value) { read_word(raw, value, log_formats); }
void read(const RawValue& raw, StorageSync& value) { read_word(raw, value, storage_syncs); }
void read(const RawValue& raw, TlsVerify& value) { read_word(raw, value, tls_verifies); }
void read(const RawValue& raw, TlsVersion& value) { read_word(raw, value, tls_versions); }
void read(const RawValue& raw, CertificateLogin& value) {
    read_word(raw, value, certificate_logins);
}
void read(const RawValue& raw, CertificateSan& value) { read_word(raw, value, certificate_sans); }

void read(const RawValue& raw, std::optional<TlsVerify>& value) {
    if (const auto* text = std::get_if<std::string>(&raw); text && trimmed(*text) == "auto") {
        value = std::nullopt;
        return;
    }
    read(raw, value.emplace());
}

std::string show(bool value) { return value ? "true" : "false"; }
std::string show(std::uint16_t value) { return fmt::format("{}", value); }
std::string show(std::uint32_t value) { return fmt::format("{}", value); }

std::string show(std::uint64_t value) {
    for (const Unit& unit :
         {Unit{"GiB", 1ULL << 30}, Unit{"MiB", 1ULL << 20}, Unit{"KiB", 1ULL << 10}})
        if (value != 0 && value % unit.factor == 0)
            return fmt::format("\"{}{}\"", value / unit.factor, unit.name);
    return fmt::format("{}", value);
}

std::string show(const std::optional<std::uint64_t>& value) {
    return value ? show(*value) : in_quotes("auto");
}

std::string show(std::chrono::milliseconds value) {
    if (value.count() % 1000 == 0)
        return show(std::chrono::duration_cast<std::chrono::seconds>(value));
    return fmt::format("\"{}ms\"", value.count());
}

std::string show(std::chrono::seconds value) {
    constexpr int day = 86'400;
    if (value.count() >= day && value.count() % day == 0)
        return fmt::format("\"{}d\"", value.count() / day);
    return fmt::format("\"{}s\"", value.count());
}

std::string show(const RatioOrSize& value) {
    if (const auto* ratio = std::get_if<double>(&value.value)) return fmt::format("{}", *ratio);
    return show(std::get<std::uint64_t>(value.value));
}

std::string show(const std::string& value) { return in_quotes(value); }
std::string show(const std::filesystem::path& value) { return in_quotes(value.string()); }
std::string show(const Texts& value) { return show_list(value); }

std::string show(const std::vector<ListenAddress>& value) {
    Texts texts;
    for (const ListenAddress& one : value) texts.push_back(to_string(one));
    return show_list(texts);
}

std::string show(LogLevel value) { return show_word(value, log_levels); }
std::string show(LogFormat value) { return show_word(value, log_formats); }
std::string show(StorageSync value) { return show_word(value, storage_syncs); }
std::string show(TlsVerify value) { return show_word(value, tls_verifies); }
std::string show(TlsVersion value) { return show_word(value, tls_versions); }
std::string show(CertificateLogin value) { return show_word(value, certificate_logins); }
std::string show(CertificateSan value) { return show_word(value, certificate_sans); }

std::string show(const std::optional<TlsVerify>& value) {
    return value ? show(*value) : in_quotes("auto");
}

std::string type_of(bool) { return "true or false"; }
std::string type_of(std::uint16_t) { return "number"; }
std::string type_of(std::uint32_t) { return "number"; }
std::string type_of(std::uint64_t) { return "size"; }
std::string type_of(const std::optional<std::uint64_t>&) { return "size or \"auto\""; }
std::string type_of(std::chrono::milliseconds) { return "duration"; }
std::string type_of(std::chrono::seconds) { return "duration"; }
std::string type_of(const RatioOrSize&) { return "share or size"; }
std::string type_of(const std::string&) { return "text"; }
std::string type_of(const std::filesystem::path&) { return "path"; }
std::string type_of(const Texts&) { return "list of texts"; }
std::string type_of(const std::vector<ListenAddress>&) { return "list of addresses"; }
std::string type_of(LogLevel) { return choices(log_levels); }
std::string type_of(LogFormat) { return choices(log_formats); }
std::string type_of(StorageSync) { return choices(storage_syncs); }
std::string type_of(TlsVerify) { return choices(tls_verifies); }
std::string type_of(TlsVersion) { return choices(tls_versions); }
std::string type_of(CertificateLogin) { return choices(certificate_logins); }
std::string type_of(CertificateSan) { return choices(certificate_sans); }
std::string type_of(const std::optional<TlsVerify>&) {
    return "\"auto\", " + choices(tls_verifies);
}

}  // namespace leveret::broker::config
