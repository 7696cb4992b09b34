#include "critic.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

namespace analysis::flo {

namespace {

using Widths = std::vector<std::int64_t>;

Widths widths(std::int64_t in, const Widths& hidden, std::int64_t out) {
    Widths all{in};
    all.insert(all.end(), hidden.begin(), hidden.end());
    all.push_back(out);
    return all;
}

/// [count, n] the row that is k places after row i, for k = first, first + 1, ...
at::Tensor rowsAfter(std::int64_t n, std::int64_t first, std::int64_t count) {
    return (at::arange(first, first + count).unsqueeze(1) + at::arange(n).unsqueeze(0)).remainder_(n);
}

/// A network of x and y side by side.
class PairCritic : public Critic {
public:
    PairCritic(const Training& training, std::int64_t dx, std::int64_t dy, at::Generator& random, at::ScalarType type)
        : m_kind(sideOf(training.bound)), m_shared(training.form == Form::Shared && m_kind == Side::OfPair),
          m_network(widths(dx + dy, training.hidden, m_shared ? 2 : 1), random, type) {
        if (m_kind == Side::OfX) m_side.emplace(widths(dx, training.hidden, 1), random, type);
        if (m_kind == Side::OfPair && !m_shared) m_side.emplace(widths(dx + dy, training.hidden, 1), random, type);
    }

    Scores score(const Pairs& pairs, std::int64_t negatives) override {
        const std::int64_t n = pairs.x.size(0);
        const at::Tensor partners = rowsAfter(n, 0, negatives + 1).flatten();
        const at::Tensor rows = at::cat({pairs.x.repeat({negatives + 1, 1}), pairs.y.index_select(0, partners)}, 1);
        const at::Tensor values = m_network.forward(rows);
        const at::Tensor g = values.select(1, 0).view({negatives + 1, n});
        Scores scores{g[0], g.narrow(0, 1, negatives).t(), {}};
        if (m_shared) scores.side = values.narrow(0, 0, n).select(1, 1);
        if (m_side) scores.side = m_side->forward(m_kind == Side::OfX ? pairs.x : rows.narrow(0, 0, n)).squeeze(1);
        return scores;
    }

    void backward(const Scores& gradients) override {
        const at::Tensor g = at::cat({gradients.positive.unsqueeze(0), gradients.negative.t()}).view({-1, 1});
        if (m_side) m_side->backward(gradients.side.unsqueeze(1));
        if (!m_shared) return m_network.backward(g);
        const at::Tensor both = at::cat({g, at::zeros_like(g)}, 1);
        both.narrow(0, 0, gradients.side.numel()).select(1, 1).copy_(gradients.side);
        m_network.backward(both);
    }

    Parameters parameters() override {
        Parameters all;
        m_network.appendTo(all);
        if (m_side) m_side->appendTo(all);
        return all;
    }

private:
    Side m_kind;
    bool m_shared;
    Network m_network;
    std::optional<Network> m_side;
};

/// A network whose outputs are scaled to length 1.
class Encoder {
public:
    Encoder(const Widths& layers, at::Generator& random, at::ScalarType type) : m_network(layers, random, type) {}

    at::Tensor forward(const at::Tensor& x) {
        const at::Tensor raw = m_network.forward(x);
        constexpr double kLeastLength = 1e-12;
        m_length = raw.norm(2, {1}, true).clamp_min_(kLeastLength);
        m_direction = raw / m_length;
        return m_direction;
    }
    void backward(const at::Tensor& gradient) {
        const at::Tensor along = (gradient * m_direction).sum(1, true);
        m_network.backward((gradient - m_direction * along) / m_length);
    }
    void appendTo(Parameters& parameters) { m_network.appendTo(parameters); }

private:
    Network m_network;
    at::Tensor m_length;
    at::Tensor m_direction;
};

/// Cosines of two encodings by a learned temperature: all pairs of a batch cost one product of matrices.
class BilinearCritic : public EncodingCritic {
public:
    BilinearCritic(const Training& training, std::int64_t code, std::int64_t dx, std::int64_t dy, at::Generator& random,
                   at::ScalarType type)
        : m_kind(sideOf(training.bound)), m_code(code), m_ofX(widths(dx, training.hidden, m_code), random, type),
          m_ofY(widths(dy, training.hidden, m_code), random, type), m_logTemperature{at::zeros({1}, type),
                                                                                     at::zeros({1}, type)} {
        const Widths hidden{std::max<std::int64_t>(1, m_code / 4)};
        if (m_kind != Side::None)
            m_side.emplace(widths(m_kind == Side::OfPair ? 2 * m_code : m_code, hidden, 1), random, type);
    }

    Pairs encode(const Pairs& pairs) override { return {m_ofX.forward(pairs.x), m_ofY.forward(pairs.y)}; }

    Scores score(const Pairs& pairs, std::int64_t negatives) override {
        m_x = m_ofX.forward(pairs.x);
        m_y = m_ofY.forward(pairs.y);
        m_partners = rowsAfter(m_x.size(0), 1, negatives).t();
        m_products = at::mm(m_x, m_y.t()) / m_logTemperature.value.exp();
        Scores scores{m_products.diagonal(), m_products.gather(1, m_partners), {}};
        if (m_side) scores.side = m_side->forward(m_kind == Side::OfPair ? at::cat({m_x, m_y}, 1) : m_x).squeeze(1);
        return scores;
    }

    void backward(const Scores& gradients) override {
        at::Tensor products = at::zeros_like(m_products).scatter_(1, m_partners, gradients.negative);
        products.diagonal().copy_(gradients.positive);
        m_logTemperature.gradient.fill_(-(products * m_products).sum());
        products /= m_logTemperature.value.exp();
        at::Tensor x = at::mm(products, m_y);
        at::Tensor y = at::mm(products.t(), m_x);
        if (m_side) {
            const at::Tensor side = m_side->backwardToInput(gradients.side.unsqueeze(1));
            x += side.narrow(1, 0, m_code);
            if (m_kind == Side::OfPair) y += side.narrow(1, m_code, m_code);
        }
        m_ofX.backward(x);
        m_ofY.backward(y);
    }

    Parameters parameters() override {
        Parameters all{&m_logTemperature};
        m_ofX.appendTo(all);
        m_ofY.appendTo(all);
        if (m_side) m_side->appendTo(all);
        return all;
    }

private:
    Side m_kind;
    std::int64_t m_code; ///< width of the encodings
    Encoder m_ofX;
    Encoder m_ofY;
    Parameter m_logTemperature;
    std::optional<Network> m_side;
    at::Tensor m_x;
    at::Tensor m_y;
    at::Tensor m_partners; ///< [n, negatives]
    at::Tensor m_products; ///< [n, n] scores of all pairs
};

} // namespace

std::unique_ptr<Critic> makeCritic(const Training& training, std::int64_t dx, std::int64_t dy, at::Generator& random,
                                   at::ScalarType type) {
    if (training.form == Form::Bilinear)
        return makeEncodingCritic(training, training.hidden.back(), dx, dy, random, type);
    return std::make_unique<PairCritic>(training, dx, dy, random, type);
}

std::unique_ptr<EncodingCritic> makeEncodingCritic(const Training& training, std::int64_t code, std::int64_t dx,
                                                   std::int64_t dy, at::Generator& random, at::ScalarType type) {
    return std::make_unique<BilinearCritic>(training, code, dx, dy, random, type);
}

} // namespace analysis::flo
