# Writes OUTPUT: the files of INPUTS as waxseal::jmapd::web_files().
set(rows "")
foreach(path IN LISTS INPUTS)
  get_filename_component(name ${path} NAME)
  file(READ ${path} text)
  string(APPEND rows "      {\"${name}\", R\"waxseal_web(${text})waxseal_web\"},\n")
endforeach()
file(WRITE ${OUTPUT}
"// Generated from jmapd/web/ by embed.cmake.
#include \"jmapd/web_page.h\"

namespace waxseal::jmapd {

const std::vector<WebFile>& web_files() {
  static const std::vector<WebFile> kFiles = {
${rows}  };
  return kFiles;
}

}  // namespace waxseal::jmapd
")
