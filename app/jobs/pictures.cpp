#include <app/jobs/pictures.h>

#include <utility>

namespace app::jobs {

PendingPreview::PendingPreview(PreviewRequest request, std::stop_token afterPicture)
    : m_request(std::move(request)), m_afterPicture(std::move(afterPicture)) {
}

bool PendingPreview::replace(const PreviewRequest& newer) {
    const std::lock_guard lock(m_mutex);
    const bool isLate = m_isTaken || m_stop.stop_requested() || m_afterPicture.stop_requested();
    if (isLate || newer.sampling != m_request.sampling) return false;
    m_request.recipe = newer.recipe;
    return true;
}

void PendingPreview::begin(std::stop_token stop) {
    const std::lock_guard lock(m_mutex);
    m_stop = std::move(stop);
}

std::optional<quant::Recipe> PendingPreview::takeRecipe() {
    const std::lock_guard lock(m_mutex);
    m_isTaken = true;
    if (m_afterPicture.stop_requested()) return std::nullopt;
    return m_request.recipe;
}

} // namespace app::jobs
