// The objects of a /get: written as they are made where the request wants no more than octets, else collected.
#pragma once

#include <utility>

#include "jmapd/method.h"

namespace waxseal::jmapd {

class ObjectList {
 public:
  ObjectList(Call& call, const char* member, Json none = Json::array())
      : call_(call), member_(member), objects_(std::move(none)) {}

  // Throws MethodError, see ObjectSink.
  void add(Json object) { take(nullptr, std::move(object)); }
  void add(const std::string& key, Json object) { take(&key, std::move(object)); }
  // As add(), of what `write` gives to a JsonWriter.
  template <class Write>
  void write(Write write) {
    if (call_.objects != nullptr && !call_.objects->wants_values()) {
      written_ = true;
      write(call_.objects->begin(member_, nullptr));
      return call_.objects->end();
    }
    JsonText text;
    write(text);
    add(Json::parse(text.take()));
  }
  // What was not written yet becomes the response's member; `none` if there were no objects.
  void put_into(Json& response) {
    if (!written_) response[member_] = std::move(objects_);
  }

 private:
  void take(const std::string* key, Json object) {
    if (call_.objects != nullptr) {
      written_ = true;
      return call_.objects->add(member_, key, std::move(object));
    }
    if (key != nullptr) {
      objects_[*key] = std::move(object);
    } else {
      objects_.push_back(std::move(object));
    }
  }

  Call& call_;
  const char* const member_;
  Json objects_;
  bool written_ = false;
};

// What a method answers to another one that asks it: whole, and no part of the request's answer.
inline Json ask(Json (*method)(Call&, const Json&), Call& call, const Json& arguments) {
  struct Aside {
    explicit Aside(Call& of) : call(of), objects(std::exchange(of.objects, nullptr)) {}
    ~Aside() { call.objects = objects; }
    Aside(const Aside&) = delete;
    Call& call;
    ObjectSink* const objects;
  } const aside(call);
  return method(call, arguments);
}

}  // namespace waxseal::jmapd
