// A file of definitions, as RabbitMQ and LavinMQ export them, as what the broker is asked to do.
#pragma once

#include <optional>
#include <string>

#include "admin-ui/api/json_value.hpp"
#include "broker/access/password.hpp"
#include "broker/insight/definitions.hpp"

namespace leveret::admin {

/// Takes the shapes of RabbitMQ 3.6 to 4 and of LavinMQ; keys that are unknown are passed over.
/// `vhost`: the document is of this one alone, and its entries name none.
/// Throws: ApiError(400) naming the entry and what is wrong with it.
/// Thread: any but the broker's: passwords in clear are hashed.
[[nodiscard]] broker::insight::Definitions read_definitions(
    const JsonObject& document, const std::optional<std::string>& vhost);

/// A policy as it is put, or stands in a document. Throws: ApiError(400).
[[nodiscard]] broker::Policy read_policy(const JsonObject& object, std::string name);

/// `permission`: an object of the three patterns. Throws: ApiError(400).
[[nodiscard]] broker::access::Permission read_permission(const JsonObject& object);

/// The password of a user: `password`, or `password_hash` with its `hashing_algorithm`, or none.
/// Throws: ApiError(400).
/// Thread: any but the broker's.
[[nodiscard]] broker::access::PasswordHash read_password(const JsonObject& object);

/// Tags as an array of texts, or as one text with commas; nothing when the key is not there.
/// Throws: ApiError(400).
[[nodiscard]] std::optional<std::vector<std::string>> read_tags(const JsonObject& object);

/// `limits` of a user. Throws: ApiError(400).
[[nodiscard]] std::optional<broker::access::UserLimits> read_user_limits(const JsonObject& object);

}  // namespace leveret::admin
