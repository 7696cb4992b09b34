#include "listing.h"

#include <ldm/error.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <sstream>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

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

/// The mapping is read-only, so its pages are those of the file: nothing is lost, not even of neighbours.
void releasePages(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    const std::uintptr_t first = begin / page * page;
    ::madvise(reinterpret_cast<void*>(first), begin + bytes.size() - first, MADV_DONTNEED);
}

/// A 1x1 convolution and a linear layer hold the same numbers; GGUF files of some writers drop sizes of one in front.
std::vector<std::int64_t> withoutOuterOnes(std::vector<std::int64_t> shape) {
    while (!shape.empty() && shape.back() == 1) shape.pop_back();
    shape.erase(shape.begin(), std::find_if(shape.begin(), shape.end(), [](std::int64_t size) { return size != 1; }));
    return shape;
}

} // namespace

std::string listedTensors(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 10;
    std::string text = std::to_string(names.size()) + (names.size() == 1 ? " tensor (" : " tensors (");
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + inQuotes(names[i]);
    return text + (names.size() > kShown ? ", ...)" : ")");
}

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
    return view(file.bytes(entry), entry.dtype, entry.shape, file.mapping());
}

at::Tensor view(std::span<const std::byte> bytes, DType type, const std::vector<std::int64_t>& shape,
                std::shared_ptr<const void> mapping) {
    const at::TensorOptions options = at::TensorOptions().dtype(toScalarType(type));
    // No container has to align its data for us: what may not be read where it lies is copied.
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % sizeOf(type) != 0) {
        at::Tensor copy = at::empty(shape, options);
        std::copy(bytes.begin(), bytes.end(), static_cast<std::byte*>(copy.data_ptr()));
        return copy;
    }
    void* data = const_cast<std::byte*>(bytes.data()); // from_blob knows no read-only data; nobody writes into views
    return at::from_blob(
        data, shape, [kept = std::move(mapping)](void*) {}, options);
}

bool isIgnorable(std::string_view name) {
    return name.ends_with("position_ids");
}

std::int64_t StoredTensor::elements() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

void StoredTensor::release() const {
    releasePages(stored);
    for (const std::span<const std::byte> piece : alsoStored) releasePages(piece);
}

StoredTensor held(std::string name, at::Tensor values) {
    StoredTensor tensor;
    tensor.name = std::move(name);
    tensor.shape = values.sizes().vec();
    tensor.type = fromScalarType(values.scalar_type());
    tensor.storedAs = nameOf(tensor.type);
    tensor.bytes = values.nbytes();
    tensor.load = [kept = std::move(values)] { return kept; };
    return tensor;
}

TensorTable::TensorTable(std::string source) : m_source(std::move(source)) {
}

TensorTable::TensorTable(const SafetensorsFile& file) : TensorTable(file.path().string()) {
    for (const TensorEntry& entry : file.entries())
        add({entry.name, entry.shape, entry.dtype, std::string(nameOf(entry.dtype)), entry.end - entry.begin,
             [file, entry] { return view(file, entry); }, file.bytes(entry)});
}

const StoredTensor* TensorTable::find(std::string_view name) const {
    const auto found = m_index.find(std::string(name));
    return found == m_index.end() ? nullptr : &m_tensors[found->second];
}

void TensorTable::add(StoredTensor tensor) {
    if (!m_index.emplace(tensor.name, m_tensors.size()).second)
        throw badInput(m_source + ": tensor " + inQuotes(tensor.name) + " is there twice; fetch the file again.");
    m_tensors.push_back(std::move(tensor));
}

void TensorTable::replace(StoredTensor tensor) {
    m_tensors.at(m_index.at(tensor.name)) = std::move(tensor);
}

void TensorTable::speakAs(std::function<std::string(const std::string&)> nameInFile, std::string remedy) {
    m_nameInFile = std::move(nameInFile);
    m_remedy = std::move(remedy);
}

TensorTable TensorTable::emptied() const {
    TensorTable table(m_source);
    table.speakAs(m_nameInFile, m_remedy);
    return table;
}

std::string TensorTable::nameInFile(const std::string& name) const {
    return m_nameInFile ? m_nameInFile(name) : name;
}

WeightSource::WeightSource(std::string part, TensorTable tensors)
    : m_part(std::move(part)), m_tensors(std::move(tensors)) {
}

bool WeightSource::has(std::string_view name) const {
    return m_tensors.find(name) != nullptr;
}

StoredTensor WeightSource::take(const std::string& name, const std::vector<std::int64_t>& shape) {
    const StoredTensor* found = m_tensors.find(name);
    if (!found) {
        StoredTensor& wanted = m_missing.emplace_back();
        wanted.name = name;
        wanted.shape = shape;
        return {};
    }
    if (withoutOuterOnes(found->shape) != withoutOuterOnes(shape))
        throw badInput(source() + ": tensor " + inQuotes(m_tensors.nameInFile(name)) + " has shape " +
                       shapeText(found->shape) + " where the configuration asks for " + shapeText(shape) + "; " +
                       m_tensors.remedy() + ".");
    const std::optional<at::ScalarType> type = scalarTypeOf(found->type);
    if (!type || !at::isFloatingType(*type))
        throw badInput(source() + ": tensor " + inQuotes(m_tensors.nameInFile(name)) + " has dtype " +
                       std::string(nameOf(found->type)) +
                       ", which is no floating-point type to compute with; convert the file to F16 or F32, or use the "
                       "model before its quantization.");
    m_taken.insert(name);
    StoredTensor taken = *found;
    if (found->shape != shape) {
        taken.load = [inner = found->load, shape] { return inner().view(shape); };
        taken.shape = shape;
    }
    return taken;
}

void WeightSource::finish() const {
    std::vector<std::string> surplus;
    for (const StoredTensor& tensor : m_tensors.tensors())
        if (!m_taken.contains(tensor.name) && !isIgnorable(tensor.name))
            surplus.push_back(m_tensors.nameInFile(tensor.name));
    if (m_missing.empty() && surplus.empty()) return;
    std::string fault;
    std::vector<std::string> missing;
    for (const StoredTensor& wanted : m_missing) missing.push_back(m_tensors.nameInFile(wanted.name));
    if (!missing.empty()) fault += "lacks " + listedTensors(missing) + " that its configuration asks for";
    if (!surplus.empty())
        fault += (fault.empty() ? "holds " : ", and holds ") + listedTensors(surplus) + " it does not ask for";
    throw badInput(source() + " " + fault + "; " + m_tensors.remedy() + ".");
}

} // namespace ldm
