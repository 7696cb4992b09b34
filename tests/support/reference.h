#pragma once

#include <ATen/core/Tensor.h>
#include <ldm/safetensors.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace support {

/// How far a computed tensor is from the recorded one.
struct Deviation {
    std::string tensor;
    double largest = 0; ///< largest absolute difference, NaN if something is not finite
    double tolerance = 0;
    std::string complaint; ///< other than a difference: a wrong shape
    bool fits() const { return complaint.empty() && largest <= tolerance; }
};

/// What a tensor may deviate relative to its root mean square, if its own recorded errors allow no more.
struct Tolerance {
    static constexpr double kSingleForward = 1e-4;
    static constexpr double kTrajectory = 5e-4;
};

/// Recorded inputs and outputs of real code: reference.json and reference.safetensors of one folder. The format is
/// described in tests/data/reference/README.md.
class Reference {
public:
    static Reference open(const std::filesystem::path& folder);

    const nlohmann::json& description() const { return m_description; }
    bool has(const std::string& tensor) const { return m_description.at("tensors").contains(tensor); }
    /// A tensor that was recorded in full.
    at::Tensor tensor(const std::string& name) const;
    /// Names that begin so, in the order of the file.
    std::vector<std::string> names(const std::string& prefix) const;
    Deviation compare(const std::string& name, const at::Tensor& got, double relative) const;

private:
    Reference(nlohmann::json description, ldm::SafetensorsFile file);
    at::Tensor stored(const std::string& name) const;

    nlohmann::json m_description;
    ldm::SafetensorsFile m_file;
};

/// A folder's reference.json. Numbers that JSON does not know (NaN, Infinity) are null.
nlohmann::json describedReference(const std::filesystem::path& folder);

/// A folder with a reference.json.
struct FixtureFolder {
    std::string name; ///< its path below the root it was found in
    std::filesystem::path path;
};

/// All below tests/data/reference, sorted.
std::vector<FixtureFolder> committedFixtures();

/// True if $NOISEFLOOR_REFERENCE names a root with more fixtures.
bool hasExternalFixtures();

/// All below $NOISEFLOOR_REFERENCE and that folder itself, sorted; throws if it does not exist or holds none.
std::vector<FixtureFolder> externalFixtures();

} // namespace support
