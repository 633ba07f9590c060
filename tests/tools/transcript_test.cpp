// SPDX-License-Identifier: Apache-2.0
// Proves what people see: runs the commands of testdata/tools/*.txt with the real programs and
// compares results, messages and exit status with the text.
//
// A case is a line "$ COMMAND" for sh, with continuation lines "> MORE", then what it prints on
// standard output, then what it prints on standard error, each line behind "! ", then "[STATUS]"
// when that is not 0. Output that does not end with a line end is followed by a line "\". Empty
// lines and lines that begin with "#" separate cases. All cases of a file run in one empty
// directory, in order. With STRATA_REWRITE=1 the files are rewritten to what was printed.
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace strata::tools {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

void write_file(const fs::path& path, const std::string& content) {
    std::ofstream{path, std::ios::binary} << content;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

struct Case {
    std::size_t line = 0;
    std::vector<std::string> comment{};  // and empty lines
    std::vector<std::string> command{};
    std::vector<std::string> expected{};
};

std::vector<Case> cases_of(const fs::path& path) {
    std::vector<Case> cases;
    std::vector<std::string> comment;
    bool inside = false;
    std::size_t number = 0;
    for (const std::string& line : lines_of(read_file(path))) {
        ++number;
        if (line.starts_with("$ ")) {
            cases.push_back({number, std::move(comment), {line}, {}});
            comment.clear();
            inside = true;
        } else if (inside && (line.starts_with("> ") || line == ">") &&
                   cases.back().expected.empty()) {
            cases.back().command.push_back(line);
        } else if (line.empty() || (!inside && line.starts_with("#"))) {
            comment.push_back(line);
            inside = false;
        } else if (inside) {
            cases.back().expected.push_back(line);
        } else {
            FAIL(path.string() << ":" << number << ": output without a command");
        }
    }
    return cases;
}

// Other text cases live in the same folder; a transcript begins with a command.
bool is_transcript(const fs::path& path) {
    for (const std::string& line : lines_of(read_file(path))) {
        if (!line.empty() && !line.starts_with("#")) {
            return line.starts_with("$ ");
        }
    }
    return false;
}

class Directory {
  public:
    Directory() {
        std::string name = (fs::temp_directory_path() / "strata-transcript-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
        fs::create_directory(path_ / "work");
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

std::vector<std::string> run(const Directory& directory, const Case& test) {
    std::string script = "cd '" + (directory.path() / "work").string() + "'\n";
    for (const std::string& line : test.command) {
        script += line.substr(std::min<std::size_t>(line.size(), 2)) + "\n";
    }
    write_file(directory.path() / "script", script);
    const std::string at = directory.path().string();
    const std::string command =
        "sh '" + at + "/script' >'" + at + "/out' 2>'" + at + "/err' </dev/null";
    const int status = std::system(command.c_str());
    const std::string output = read_file(directory.path() / "out");
    std::vector<std::string> printed = lines_of(output);
    if (!output.empty() && output.back() != '\n') {
        printed.emplace_back("\\");
    }
    for (const std::string& line : lines_of(read_file(directory.path() / "err"))) {
        printed.push_back("! " + line);
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code != 0) {
        printed.push_back("[" + std::to_string(code) + "]");
    }
    return printed;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        text += line + "\n";
    }
    return text;
}

void check_file(const fs::path& path) {
    const bool rewrite = std::getenv("STRATA_REWRITE") != nullptr;
    const Directory directory;
    std::string rewritten;
    for (const Case& test : cases_of(path)) {
        const std::vector<std::string> printed = run(directory, test);
        rewritten += joined(test.comment) + joined(test.command) + joined(printed);
        if (printed != test.expected && !rewrite) {
            FAIL_CHECK(path.filename().string()
                       << ":" << test.line << ": " << joined(test.command) << "--- expected\n"
                       << joined(test.expected) << "--- printed\n"
                       << joined(printed));
        }
    }
    if (rewrite) {
        write_file(path, rewritten);
    }
}

TEST_CASE("transcripts") {
    const char* testdata = std::getenv("STRATA_TESTDATA");
    const char* programs = std::getenv("STRATA_PROGRAMS");
    REQUIRE(testdata != nullptr);
    REQUIRE(programs != nullptr);
    const std::string path = std::string{programs} + ":" + std::getenv("PATH");
    ::setenv("PATH", path.c_str(), 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
    ::setenv("NO_COLOR", "1", 1);
    ::unsetenv("STRATA_STORE");
    ::unsetenv("STRATA_PAGER");
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{fs::path{testdata} / "tools"}) {
        if (entry.path().extension() == ".txt" && is_transcript(entry.path())) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    REQUIRE_FALSE(files.empty());
    for (const fs::path& file : files) {
        CAPTURE(file);
        check_file(file);
    }
}

}  // namespace
}  // namespace strata::tools
