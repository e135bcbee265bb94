// waxseal completion bash|zsh|fish: what the shell offers when TAB is pressed, from the program's own table of
// commands.

#include <algorithm>
#include <ostream>

#include "cli/command.h"
#include "service/suggest.h"

namespace waxseal::cli {

namespace {

struct Options {
  const CLI::App* program = nullptr;
  std::string shell;
};

struct Word {
  std::string text;     // "init", "--json"
  std::string meaning;  // one line
};

// A command and what may follow it.
struct Node {
  std::string path;  // " db init": a space before each word; empty: the program itself
  std::vector<Word> words;
};

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void collect(const CLI::App& command, const std::string& path, std::vector<Node>& nodes) {
  Node node{path, {}};
  for (const CLI::App* sub : command.get_subcommands({}))
    if (!sub->get_group().empty()) node.words.push_back({sub->get_name(), one_line(sub->get_description())});
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames())
      node.words.push_back({"--" + name, one_line(option->get_description())});
  nodes.push_back(std::move(node));
  for (const CLI::App* sub : command.get_subcommands({})) collect(*sub, path + " " + sub->get_name(), nodes);
}

// For a string in single quotes, in all three shells.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string paths(const std::vector<Node>& nodes, const char* separator) {
  std::string out;
  for (const Node& node : nodes)
    if (!node.path.empty()) out += (out.empty() ? "" : separator) + quoted(node.path);
  return out;
}

std::string words_of(const Node& node) {
  std::string out;
  for (const Word& word : node.words) out += (out.empty() ? "" : " ") + word.text;
  return out;
}

// Files are offered where no word fits: -o default.
void bash(std::ostream& out, const std::vector<Node>& nodes) {
  out << "# bash completion of waxseal(1)\n"
         "_waxseal() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} path='' word words=''\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case \"$path $word\" in\n"
         "      "
      << paths(nodes, "|")
      << ") path=\"$path $word\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path\" in\n";
  for (const Node& node : nodes) out << "    " << quoted(node.path) << ") words=" << quoted(words_of(node)) << " ;;\n";
  out << "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -o default -F _waxseal waxseal\n";
}

void zsh(std::ostream& out, const std::vector<Node>& nodes) {
  out << "#compdef waxseal\n"
         "# zsh completion of waxseal(1)\n"
         "local path_='' word\n"
         "local -a offers\n"
         "for word in ${words[2,CURRENT-1]}; do\n"
         "  case \"$path_ $word\" in\n"
         "    "
      << paths(nodes, "|")
      << ") path_=\"$path_ $word\" ;;\n"
         "  esac\n"
         "done\n"
         "case \"$path_\" in\n";
  for (const Node& node : nodes) {
    out << "  " << quoted(node.path) << ") offers=(";
    for (const Word& word : node.words) out << ' ' << quoted(word.text + ":" + word.meaning);
    out << " ) ;;\n";
  }
  out << "esac\n"
         "_describe -t commands waxseal offers || _files\n";
}

void fish(std::ostream& out, const std::vector<Node>& nodes) {
  out << "# fish completion of waxseal(1)\n"
         "function __waxseal_at\n"
         "  set -l path ''\n"
         "  for word in (commandline -opc)[2..-1]\n"
         "    if contains -- \"$path $word\" "
      << paths(nodes, " ")
      << "\n"
         "      set path \"$path $word\"\n"
         "    end\n"
         "  end\n"
         "  test \"$path\" = \"$argv[1]\"\n"
         "end\n";
  for (const Node& node : nodes)
    for (const Word& word : node.words) {
      const bool option = word.text.starts_with("--");
      out << "complete -c waxseal -n " << quoted("__waxseal_at \"" + node.path + '"') << (option ? " -l " : " -f -a ")
          << (option ? word.text.substr(2) : word.text) << " -d " << quoted(word.meaning) << '\n';
    }
}

struct ShellRow {
  const char* name;
  void (*write)(std::ostream&, const std::vector<Node>&);
};
constexpr ShellRow kShells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

int completion(Context& context, const Options& options) {
  std::vector<Node> nodes;
  collect(*options.program, "", nodes);
  std::vector<std::string> names;
  for (const ShellRow& row : kShells) {
    if (options.shell == row.name) {
      row.write(context.out, nodes);
      return kDone;
    }
    names.emplace_back(row.name);
  }
  throw Failure(kUsage, "there is no completion for \"" + options.shell + "\"; bash, zsh and fish are known" +
                            service::did_you_mean(options.shell, names));
}

}  // namespace

void define_completion(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, completion);
  options.program = command.get_parent();
  command.add_option("SHELL", options.shell, "bash, zsh or fish")->required();
}

}  // namespace waxseal::cli
