#include <ldm/error.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <utility>

namespace ldm {

namespace {

constexpr std::array<std::pair<DType, at::ScalarType>, 10> kScalarTypes = {{
    {DType::I64, at::kLong},
    {DType::F64, at::kDouble},
    {DType::F32, at::kFloat},
    {DType::I32, at::kInt},
    {DType::BF16, at::kBFloat16},
    {DType::F16, at::kHalf},
    {DType::I16, at::kShort},
    {DType::I8, at::kChar},
    {DType::U8, at::kByte},
    {DType::Bool, at::kBool},
}};

std::optional<at::ScalarType> scalarTypeOf(DType type) {
    for (const auto& [stored, scalar] : kScalarTypes)
        if (stored == type) return scalar;
    return std::nullopt;
}

std::string shapeText(const std::vector<std::int64_t>& shape) {
    std::ostringstream text;
    for (std::size_t i = 0; i < shape.size(); ++i) text << (i ? ", " : "[") << shape[i];
    return (shape.empty() ? "[" : text.str()) + "]";
}

/// "3 tensors ("a", "b", "c")", with the first ten names.
std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 10;
    std::string text = std::to_string(names.size()) + (names.size() == 1 ? " tensor (" : " tensors (");
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + inQuotes(names[i]);
    return text + (names.size() > kShown ? ", ...)" : ")");
}

} // namespace

at::ScalarType toScalarType(DType type) {
    const std::optional<at::ScalarType> scalar = scalarTypeOf(type);
    if (!scalar)
        throw badInput("Tensors of dtype " + std::string(nameOf(type)) +
                       " cannot be computed with; convert the file to F16 or F32.");
    return *scalar;
}

DType fromScalarType(at::ScalarType type) {
    for (const auto& [stored, scalar] : kScalarTypes)
        if (scalar == type) return stored;
    throw badInput("Tensors of type " + std::string(c10::toString(type)) +
                   " cannot be stored in a safetensors file; convert them first.");
}

at::Tensor view(const SafetensorsFile& file, const TensorEntry& entry) {
    const at::TensorOptions options = at::TensorOptions().dtype(toScalarType(entry.dtype));
    const std::span<const std::byte> bytes = file.bytes(entry);
    // The format has no alignment rule: data of a file with an unpadded header is copied to where it may be read.
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % sizeOf(entry.dtype) != 0) {
        at::Tensor copy = at::empty(entry.shape, options);
        std::copy(bytes.begin(), bytes.end(), static_cast<std::byte*>(copy.data_ptr()));
        return copy;
    }
    void* data = const_cast<std::byte*>(bytes.data()); // from_blob knows no read-only data; nobody writes into views
    return at::from_blob(
        data, entry.shape, [mapping = file.mapping()](void*) {}, options);
}

bool isIgnorable(std::string_view name) {
    return name.ends_with("position_ids");
}

WeightSource::WeightSource(std::string part, SafetensorsFile file) : m_part(std::move(part)), m_file(std::move(file)) {
}

bool WeightSource::has(const std::string& name) const {
    return m_file.find(name) != nullptr;
}

at::Tensor WeightSource::take(const std::string& name, const std::vector<std::int64_t>& shape) {
    const TensorEntry* entry = m_file.find(name);
    if (!entry) {
        m_missing.push_back(name);
        return {};
    }
    if (entry->shape != shape)
        throw badInput(m_file.path().string() + ": tensor " + inQuotes(name) + " has shape " + shapeText(entry->shape) +
                       " where the configuration asks for " + shapeText(shape) +
                       "; use the config.json these weights were saved with.");
    if (!scalarTypeOf(entry->dtype))
        throw badInput(m_file.path().string() + ": tensor " + inQuotes(name) + " has dtype " +
                       std::string(nameOf(entry->dtype)) +
                       ", which cannot be computed with; convert the file to F16 or F32.");
    m_taken.insert(name);
    return view(m_file, *entry);
}

void WeightSource::finish() const {
    std::vector<std::string> surplus;
    for (const TensorEntry& entry : m_file.entries())
        if (!m_taken.contains(entry.name) && !isIgnorable(entry.name)) surplus.push_back(entry.name);
    if (m_missing.empty() && surplus.empty()) return;
    std::string fault;
    if (!m_missing.empty()) fault += "lacks " + listed(m_missing) + " that its configuration asks for";
    if (!surplus.empty())
        fault += (fault.empty() ? "holds " : ", and holds ") + listed(surplus) + " it does not ask for";
    throw badInput(m_file.path().string() + " " + fault + "; use the config.json these weights were saved with.");
}

} // namespace ldm
