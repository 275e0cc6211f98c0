// Values of the configuration, from text to types and back: sizes, durations, addresses, words.
// A TOML file has numbers and lists of its own, flags and the environment have only text: both
// come here as a RawValue.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/config.hpp"

namespace leveret::broker::config {

using Texts = std::vector<std::string>;

/// What a source says: text (flags, environment) or what TOML made of it.
using RawValue = std::variant<std::string, bool, std::int64_t, double, Texts>;

/// A value that cannot be had from what was written; the text says what is expected.
class BadValue : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads a value into its type; each overload is one type that a setting may have.
/// Throws:  BadValue.
void read(const RawValue& raw, bool& value);
void read(const RawValue& raw, std::uint16_t& value);
void read(const RawValue& raw, std::uint32_t& value);
void read(const RawValue& raw, std::uint64_t& value);  ///< octets: 1048576, "16MiB", "50MB"
void read(const RawValue& raw, std::optional<std::uint64_t>& value);  ///< octets, or "auto"
void read(const RawValue& raw, std::chrono::milliseconds& value);     ///< "10s", "250ms", 10
void read(const RawValue& raw, std::chrono::seconds& value);
void read(const RawValue& raw, RatioOrSize& value);
void read(const RawValue& raw, std::string& value);
void read(const RawValue& raw, std::filesystem::path& value);
void read(const RawValue& raw, Texts& value);
void read(const RawValue& raw, std::vector<ListenAddress>& value);
void read(const RawValue& raw, LogLevel& value);
void read(const RawValue& raw, LogFormat& value);
void read(const RawValue& raw, StorageSync& value);
void read(const RawValue& raw, TlsVerify& value);
void read(const RawValue& raw, std::optional<TlsVerify>& value);  ///< or "auto"
void read(const RawValue& raw, TlsVersion& value);
void read(const RawValue& raw, CertificateLogin& value);
void read(const RawValue& raw, CertificateSan& value);

/// Returns: the value as one would write it in TOML.
std::string show(bool value);
std::string show(std::uint16_t value);
std::string show(std::uint32_t value);
std::string show(std::uint64_t value);
std::string show(const std::optional<std::uint64_t>& value);
std::string show(std::chrono::milliseconds value);
std::string show(std::chrono::seconds value);
std::string show(const RatioOrSize& value);
std::string show(const std::string& value);
std::string show(const std::filesystem::path& value);
std::string show(const Texts& value);
std::string show(const std::vector<ListenAddress>& value);
std::string show(LogLevel value);
std::string show(LogFormat value);
std::string show(StorageSync value);
std::string show(TlsVerify value);
std::string show(const std::optional<TlsVerify>& value);
std::string show(TlsVersion value);
std::string show(CertificateLogin value);
std::string show(CertificateSan value);

/// Returns: the type in a word or two, for the reference; the words themselves for a choice.
std::string type_of(bool);
std::string type_of(std::uint16_t);
std::string type_of(std::uint32_t);
std::string type_of(std::uint64_t);
std::string type_of(const std::optional<std::uint64_t>&);
std::string type_of(std::chrono::milliseconds);
std::string type_of(std::chrono::seconds);
std::string type_of(const RatioOrSize&);
std::string type_of(const std::string&);
std::string type_of(const std::filesystem::path&);
std::string type_of(const Texts&);
std::string type_of(const std::vector<ListenAddress>&);
std::string type_of(LogLevel);
std::string type_of(LogFormat);
std::string type_of(StorageSync);
std::string type_of(TlsVerify);
std::string type_of(const std::optional<TlsVerify>&);
std::string type_of(TlsVersion);
std::string type_of(CertificateLogin);
std::string type_of(CertificateSan);

}  // namespace leveret::broker::config
