#include <quant/keptweights.h>

#include "scratchfile.h"

#include <quant/ggml.h>
#include <quant/quantize.h>

#include <ldm/error.h>
#include <ldm/weightcache.h>

#include <ATen/ATen.h>

#include <map>
#include <span>
#include <utility>

namespace quant {

namespace {

using Key = std::pair<int, WeightFormat>;

/// What `make` returns. Its errors name the layer.
template <typename Make> auto made(const ldm::Layer& layer, const Make& make) {
    try {
        return make();
    } catch (const ldm::Error& error) {
        throw ldm::Error(error.kind(), "layer '" + layer.name + "': " + error.what());
    }
}

template <typename Byte> std::span<Byte> bytesOf(const at::Tensor& blocks) {
    return {static_cast<Byte*>(blocks.data_ptr()), blocks.nbytes()};
}

} // namespace

struct KeptWeights::Impl {
    Impl(std::int64_t bytes, Products how) : limit(bytes), products(how), ready(bytes), integers(bytes) {}

    std::int64_t limit;
    Products products;
    ldm::WeightCache<Key, ldm::PreparedLayer> ready;
    ldm::WeightCache<Key, IntegerLayer> integers; ///< of other layers or plans than `ready`
    ScratchFile scratch;
    std::map<Key, std::int64_t> setAside; ///< offsets in `scratch`

    at::Tensor values(const ldm::Layer& layer, WeightFormat format) {
        const WeightFormat stored = storedAs(format, layer.weight.shape);
        if (!isGguf(stored)) return quantizedWeights(layer.weight.values(), format);
        return decodedBlocks(blocks(layer, stored), stored, layer.weight.shape);
    }

    at::Tensor blocks(const ldm::Layer& layer, WeightFormat format) {
        if (const auto found = setAside.find({layer.id, format}); found != setAside.end()) {
            const at::Tensor read = at::empty({encodedBytes(layer.weight.elements(), format)}, at::kByte);
            if (scratch.read(found->second, bytesOf<std::byte>(read))) return read;
        }
        const at::Tensor made = encodedBlocks(layer.weight.values(), format);
        const std::int64_t size = layer.weight.elements() * std::int64_t{sizeof(float)};
        if (size > limit - ready.bytes())
            if (const auto offset = scratch.append(bytesOf<const std::byte>(made)))
                setAside.insert_or_assign({layer.id, format}, *offset);
        return made;
    }
};

KeptWeights::KeptWeights(std::int64_t limit, Products products) : m_impl(std::make_unique<Impl>(limit, products)) {
}

KeptWeights::~KeptWeights() = default;

ldm::PreparedLayer KeptWeights::get(const ldm::Layer& layer, WeightFormat format, at::Device device) {
    return m_impl->ready.get({layer.id, format}, [&] {
        return made(layer, [&] { return ldm::PreparedLayer(layer, m_impl->values(layer, format).to(device)); });
    });
}

std::optional<IntegerLayer> KeptWeights::integers(const ldm::Layer& layer, WeightFormat format) {
    if (m_impl->products == Products::Float) return std::nullopt;
    return m_impl->integers.get({layer.id, format}, [&] {
        return made(layer, [&] { return IntegerLayer(layer, integerWeights(layer.weight.values(), format)); });
    });
}

void KeptWeights::beginRound() {
    m_impl->ready.beginRound();
    m_impl->integers.beginRound();
}

void KeptWeights::clear() {
    m_impl->ready.clear();
    m_impl->integers.clear();
    m_impl->scratch.clear();
    m_impl->setAside.clear();
}

} // namespace quant
