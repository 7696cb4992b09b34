#include <analysis/flo.h>

#include <algorithm>
#include <cctype>

namespace analysis::flo {

std::vector<Bound> allBounds() {
    return {Bound::Flo, Bound::Fdv, Bound::InfoNce, Bound::Nwj, Bound::Tuba, Bound::Dv};
}

std::string nameOf(Bound bound) {
    switch (bound) {
    case Bound::Flo:
        return "FLO";
    case Bound::Fdv:
        return "FDV";
    case Bound::InfoNce:
        return "InfoNCE";
    case Bound::Nwj:
        return "NWJ";
    case Bound::Tuba:
        return "TUBA";
    case Bound::Dv:
        break;
    }
    return "DV";
}

std::optional<Bound> boundNamed(std::string_view name) {
    const auto alike = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    for (const Bound bound : allBounds())
        if (std::ranges::equal(name, nameOf(bound), alike)) return bound;
    return std::nullopt;
}

} // namespace analysis::flo
