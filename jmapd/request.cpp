#include "jmapd/request.h"

#include <utility>

#include "jmapd/json_guard.h"
#include "jmapd/response_writer.h"
#include "jmapd/result_reference.h"
#include "service/log.h"

namespace waxseal::jmapd {
namespace {

// Calls that have not begun when it is over answer serverUnavailable: with a database that hangs, each of
// maxCallsInRequest calls would wait for its own timeout and the client would have given up long ago.
constexpr std::chrono::seconds kTimeBudget{20};

struct Invocation {
  std::string name;
  Json arguments;
  std::string id;
};

struct Request {
  std::set<std::string, std::less<>> using_capabilities;
  std::vector<Invocation> calls;
  std::optional<std::map<std::string, std::string>> created_ids;
};

using Checked = std::optional<Problem>;  // nullopt: fine

Problem not_request(std::string detail) {
  return {400, kNotRequest, std::move(detail), ""};
}

Checked read_using(const Json& object, const Engine& engine, Request& request) {
  const auto given = object.find("using");
  if (given == object.end() || !given->is_array()) return not_request("using is missing or not an array");
  for (const Json& capability : *given) {
    if (!capability.is_string()) return not_request("using holds something that is not a String");
    request.using_capabilities.insert(capability.get<std::string>());
  }
  for (const std::string& capability : request.using_capabilities) {
    // Published clients name submission on every request, served or not; its methods are unknown then.
    if (engine.capabilities.contains(capability) || capability == kSubmission) continue;
    return Problem{400, kUnknownCapability, "this server does not support " + capability.substr(0, 200), ""};
  }
  return std::nullopt;
}

bool is_invocation(const Json& call) {
  return call.is_array() && call.size() == 3 && call[0].is_string() && call[1].is_object() && call[2].is_string();
}

Checked read_calls(Json& object, const Engine& engine, Request& request) {
  const auto given = object.find("methodCalls");
  if (given == object.end() || !given->is_array()) return not_request("methodCalls is missing or not an array");
  if (given->size() > engine.limits.max_calls_in_request) {
    return Problem{400, kLimit, "too many method calls in one request", "maxCallsInRequest"};
  }
  for (Json& call : *given) {
    if (!is_invocation(call)) return not_request("a method call is not [String, Object, String]");
    request.calls.push_back({call[0].get<std::string>(), std::move(call[1]), call[2].get<std::string>()});
  }
  return std::nullopt;
}

Checked read_created_ids(Json& object, Request& request) {
  const auto given = object.find("createdIds");
  if (given == object.end()) return std::nullopt;
  const bool fits =
      given->is_object() && std::all_of(given->begin(), given->end(), [](const Json& id) { return id.is_string(); });
  if (!fits) return not_request("createdIds is not Id[Id]");
  request.created_ids = given->get<std::map<std::string, std::string>>();
  return std::nullopt;
}

Result<Request, Problem> read_request(const Engine& engine, std::string_view body) {
  auto object = parse_json(body);
  if (!object) return unexpected(Problem{400, kNotJson, object.error(), ""});
  if (!object->is_object()) return unexpected(not_request("the request is not an object"));
  Request request;
  if (auto problem = read_using(*object, engine, request)) return unexpected(*problem);
  if (auto problem = read_calls(*object, engine, request)) return unexpected(*problem);
  if (auto problem = read_created_ids(*object, request)) return unexpected(*problem);
  return request;
}

const MethodRow& find_row(const Engine& engine, const Call& call, const std::string& name) {
  const auto row = std::find_if(engine.methods.begin(), engine.methods.end(),
                                [&](const MethodRow& candidate) { return candidate.name == name; });
  if (row == engine.methods.end()) throw MethodError{"unknownMethod", ""};
  // Section 3.3 and 1.8: a client opts in to what it uses; without that, the method does not exist for it.
  if (!call.uses(row->capability)) {
    throw MethodError{"unknownMethod", std::string(row->capability) + " is not in using"};
  }
  if (row->access == Access::kWrite && call.principal.scope != store::Scope::kFull) {
    throw MethodError{"accountReadOnly", "these credentials may only read"};
  }
  return *row;
}

Json error_arguments(const MethodError& error) {
  Json arguments = error.extra.is_object() ? error.extra : Json::object();
  arguments["type"] = error.type;
  if (!error.description.empty()) arguments["description"] = error.description;
  return arguments;
}

MethodError broken(const char* type, const Invocation& invocation, const std::exception& error) {
  service::log_error("method_failed", {{"method", invocation.name}, {"type", type}, {"error", error.what()}});
  return {type, "see the server's log"};
}

// What one request has made so far.
struct Progress {
  Answer answer;
  ReferenceBudget budget{};
  KeptResults kept{budget.kept};
  bool first = true;

  ResponseWriter begin(const Invocation& invocation) {
    if (!std::exchange(first, false)) answer.raw(",");
    return {answer, kept, invocation.name, invocation.id};
  }
};

// One response per call; every way in which a method can fail ends here (RFC 8620 section 3.6.2, rule R33).
void respond(const Engine& engine, Call& call, Invocation& invocation, Progress& progress) {
  ResponseWriter writer = progress.begin(invocation);
  call.objects = &writer;
  const auto failed = [&](const MethodError& error) { writer.fail(error_arguments(error)); };
  try {
    const MethodRow& row = find_row(engine, call, invocation.name);
    const Json arguments =
        resolve_references(std::move(invocation.arguments), progress.kept.responses(), progress.budget);
    writer.finish(row.function(call, arguments), row.access);
  } catch (const MethodError& error) {
    failed(error);
  } catch (const store::Unavailable& error) {
    failed(broken("serverUnavailable", invocation, error));
  } catch (const Json::exception& error) {
    failed({"invalidArguments", "an argument has the wrong type"});
  } catch (const std::exception& error) {
    failed(broken("serverFail", invocation, error));
  }
  call.objects = nullptr;
}

// A call that the client did not make itself: what it needs to have in `using` is what the first call needed.
void respond_implied(const Engine& engine, Call& call, Invocation& invocation, Progress& progress) {
  Call implied{call.database, call.principal, engine.capabilities,         call.limits,  call.clock,
               call.language, call.freshness, std::move(call.created_ids), call.pipeline};
  respond(engine, implied, invocation, progress);
  call.created_ids = std::move(implied.created_ids);
}

void respond_to_all(const Engine& engine, Call& call, std::vector<Invocation>& calls, Progress& progress) {
  for (const Invocation& invocation : calls) progress.kept.expect(invocation.arguments);
  const auto deadline = std::chrono::steady_clock::now() + kTimeBudget;
  for (Invocation& invocation : calls) {
    if (std::chrono::steady_clock::now() > deadline) {
      progress.begin(invocation).fail(error_arguments({"serverUnavailable", "the request took too long"}));
      continue;
    }
    respond(engine, call, invocation, progress);
    for (auto& [name, arguments] : std::exchange(call.implicit, {})) {
      Invocation implied{name, std::move(arguments), invocation.id};
      respond_implied(engine, call, implied, progress);
    }
  }
}

}  // namespace

Result<Answer, Problem> process_request(const Engine& engine, const Caller& caller, std::string_view body) {
  auto request = read_request(engine, body);
  if (!request) return unexpected(request.error());

  Call call{engine.database,
            caller.principal,
            request->using_capabilities,
            engine.limits,
            engine.clock,
            caller.language,
            engine.freshness,
            request->created_ids.value_or(std::map<std::string, std::string>()),
            engine.pipeline};
  Progress progress{.answer = Answer(engine.limits.answer)};
  Answer& answer = progress.answer;
  answer.raw("{\"methodResponses\":[");
  respond_to_all(engine, call, request->calls, progress);
  answer.raw("],\"sessionState\":");
  answer.text(caller.session_state);
  if (request->created_ids) {
    answer.raw(",\"createdIds\":");
    answer.value(call.created_ids);
  }
  answer.raw("}");
  return std::move(answer);
}

}  // namespace waxseal::jmapd
