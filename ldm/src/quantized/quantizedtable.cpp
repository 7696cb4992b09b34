#include "quantizedtable.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

namespace ldm {

namespace {

constexpr const char* kRemedy = "; fetch the file again, or quantize the model anew.";

std::string typesText(std::initializer_list<DType> types) {
    std::string text;
    for (const DType type : types) text.append(text.empty() ? "" : " or ").append(nameOf(type));
    return text;
}

Error damaged(const std::string& file, const StoredTensor& tensor, const std::string& what) {
    return badInput(file + ": tensor " + inQuotes(tensor.name) + " " + what + kRemedy);
}

} // namespace

std::vector<std::string> QuantizedTable::modulesWith(std::string_view ending) const {
    std::vector<std::string> modules;
    for (const StoredTensor& tensor : m_stored.tensors())
        if (tensor.name.ends_with(ending)) modules.push_back(tensor.name.substr(0, tensor.name.size() - ending.size()));
    return modules;
}

const StoredTensor& QuantizedTable::need(const std::string& name, std::initializer_list<DType> types) const {
    const StoredTensor* found = find(name);
    if (!found) throw fault(name, "is missing, without which its weight cannot be decoded");
    if (std::find(types.begin(), types.end(), found->type) == types.end())
        throw fault(name,
                    "has dtype " + std::string(nameOf(found->type)) + " where " + typesText(types) + " is expected");
    return *found;
}

void QuantizedTable::requireShape(const StoredTensor& tensor, const TensorShape& shape) const {
    if (tensor.shape != shape)
        throw fault(tensor.name,
                    "has shape " + shapeText(tensor.shape) + " where " + shapeText(shape) + " is expected");
}

Error QuantizedTable::fault(const std::string& tensor, const std::string& what) const {
    return badInput(m_stored.source() + ": tensor " + inQuotes(tensor) + " " + what + kRemedy);
}

void QuantizedTable::put(DecodedWeight weight) {
    StoredTensor result{weight.name, weight.shape, DType::F32, weight.storedAs, 0, std::move(weight.decode)};
    for (const std::string& name : weight.from) {
        const StoredTensor& piece = *find(name);
        result.bytes += piece.bytes;
        if (name == weight.from.front())
            result.stored = piece.stored;
        else
            result.alsoStored.push_back(piece.stored);
        m_used.insert(name);
    }
    m_decoded.insert_or_assign(weight.from.front(), std::move(result));
}

TensorTable QuantizedTable::decoded() const {
    TensorTable table = m_stored.emptied();
    for (const StoredTensor& tensor : m_stored.tensors()) {
        if (const auto found = m_decoded.find(tensor.name); found != m_decoded.end())
            table.add(found->second);
        else if (!m_used.contains(tensor.name))
            table.add(tensor);
    }
    return table;
}

at::Tensor finiteFloats(const std::string& file, const StoredTensor& tensor) {
    at::Tensor values = tensor.values().to(at::kFloat).contiguous();
    if (!at::isfinite(values).all().item<bool>()) throw damaged(file, tensor, "holds values that are not finite");
    return values;
}

at::Tensor scalesOf(const std::string& file, const StoredTensor& tensor) {
    at::Tensor scales = finiteFloats(file, tensor);
    if (at::lt(scales, 0).any().item<bool>()) throw damaged(file, tensor, "holds a scale below zero");
    return scales;
}

at::Tensor nibbles(const at::Tensor& bytes) {
    return at::stack({at::bitwise_and(bytes, 15), at::bitwise_right_shift(bytes, 4)}, -1);
}

std::string shapeText(const TensorShape& shape) {
    std::string text;
    for (const std::int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "[" + text + "]";
}

std::int64_t elementsIn(const TensorShape& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

} // namespace ldm
