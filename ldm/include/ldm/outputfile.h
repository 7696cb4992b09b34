#pragma once

#include <filesystem>
#include <string_view>

namespace ldm {

/// A new file being written. Every call throws WriteFailed naming the file, the reason and the remedy.
class OutputFile {
public:
    explicit OutputFile(std::filesystem::path path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(std::string_view bytes);
    /// Reports what a delayed write could not store; the destructor alone would swallow it.
    void close();

private:
    std::filesystem::path m_path;
    int m_descriptor = -1;
};

} // namespace ldm
