#pragma once

#include <ldm/error.h>
#include <ldm/weights.h>

#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ldm {

using TensorShape = std::vector<std::int64_t>;

/// Shapes that a network asks for, by the names of its tensors.
using WantedShapes = std::map<std::string, TensorShape, std::less<>>;

/// A weight that is made from several tensors of a file.
struct DecodedWeight {
    std::string name;
    TensorShape shape;
    std::string storedAs;               ///< as StoredTensor has it: "SDNQ uint4 g64"
    std::vector<std::string> from;      ///< the tensors it is made from, its codes first
    std::function<at::Tensor()> decode; ///< float32 in `shape`; throws BadInput for values that no weight has
};

/// A table in which quantized weights take the place of the tensors that they are stored as.
class QuantizedTable {
public:
    explicit QuantizedTable(TensorTable stored) : m_stored(std::move(stored)) {}

    const TensorTable& stored() const { return m_stored; }
    const StoredTensor* find(std::string_view name) const { return m_stored.find(name); }
    /// Names with this ending, without it.
    std::vector<std::string> modulesWith(std::string_view ending) const;
    /// Throws BadInput for a tensor that is missing or of none of the types.
    const StoredTensor& need(const std::string& name, std::initializer_list<DType> types) const;
    void requireShape(const StoredTensor& tensor, const TensorShape& shape) const;
    Error fault(const std::string& tensor, const std::string& what) const;

    void put(DecodedWeight weight);
    /// Leaves a tensor out that no weight depends on; it need not be there.
    void drop(const std::string& name) { m_used.insert(name); }
    /// The weights in place of their codes, and what belongs to none.
    TensorTable decoded() const;

private:
    TensorTable m_stored;
    std::map<std::string, StoredTensor> m_decoded; ///< by the name of their codes
    std::set<std::string> m_used;
};

inline constexpr std::initializer_list<DType> kFloats = {DType::F32, DType::F16, DType::BF16};

/// Values as float32, contiguous. Throw BadInput naming file and tensor where one is not finite; of scales, where one
/// is negative.
at::Tensor finiteFloats(const std::string& file, const StoredTensor& tensor);
at::Tensor scalesOf(const std::string& file, const StoredTensor& tensor);

/// Two codes of four bits from each byte of a uint8 tensor, the one in its low bits first: uint8 [..., 2].
at::Tensor nibbles(const at::Tensor& bytes);

std::string shapeText(const TensorShape& shape); ///< "[320, 4, 3, 3]"
std::int64_t elementsIn(const TensorShape& shape);

} // namespace ldm
