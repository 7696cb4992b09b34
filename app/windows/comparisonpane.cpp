#include <app/windows/comparisonpane.h>

#include <app/models/phasetexts.h>
#include <app/models/picturetexts.h>
#include <app/models/viewdata.h>

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include <limits>

namespace app::windows {

namespace {

const QString kStepsKey = QStringLiteral("steps");

QString stepTitle(int timestep) {
    return ComparisonPane::tr("t %1").arg(timestep);
}

QString fullCaption(const ldm::GenerateSettings& sampling) {
    return ComparisonPane::tr("Full precision, seed %1").arg(sampling.seed);
}

} // namespace

ComparisonPane::ComparisonPane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_sampling(new SamplingPanel(studio, this)),
      m_view(new widgets::ComparisonView(this)), m_steps(new QWidget(this)), m_parting(new QLabel(m_steps)),
      m_strip(new widgets::FilmStrip(m_steps)) {
    setAccessibleName(tr("Pictures"));
    m_strip->setObjectName(QStringLiteral("filmStrip"));
    arrange();
    connectEngine();
    setFocusProxy(m_view);
    connect(m_strip, &widgets::FilmStrip::frameChosen, this, &ComparisonPane::showStep);
    connect(m_view, &widgets::ComparisonView::picked, this, &ComparisonPane::candidatePicked);
    connect(m_sampling, &SamplingPanel::compareNowRequested, this, &ComparisonPane::compareNow);
    reset();
}

void ComparisonPane::arrange() {
    m_parting->setWordWrap(true);
    m_parting->setAccessibleName(tr("Where the pictures part"));
    auto* steps = new QVBoxLayout(m_steps);
    steps->setContentsMargins(0, 6, 6, 6);
    steps->setSpacing(4);
    steps->addWidget(m_parting);
    steps->addWidget(m_strip, 1);
    m_steps->setFixedWidth(m_strip->sizeHint().width() + 6);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_sampling);
    row->addWidget(m_view, 1);
    row->addWidget(m_steps);
}

void ComparisonPane::connectEngine() {
    const jobs::Engine* engine = &m_studio.engine();
    connect(engine, &jobs::Engine::fullPreviewed, this, &ComparisonPane::takeFullStep);
    connect(engine, &jobs::Engine::quantizedPreviewed, this, &ComparisonPane::takeQuantizedStep);
    connect(engine, &jobs::Engine::fullPictureMade, this, &ComparisonPane::takeFull);
    connect(engine, &jobs::Engine::quantizedPictureMade, this, &ComparisonPane::takeQuantized);
    connect(engine, &jobs::Engine::progressed, this, [this](jobs::JobKind kind, const ldm::Progress& progress) {
        if (kind == jobs::JobKind::Preview) showProgress(progress);
    });
    connect(engine, &jobs::Engine::ended, this, [this](jobs::JobKind kind) { settle(kind); });
    connect(engine, &jobs::Engine::failed, this, [this](jobs::JobKind kind) { settle(kind); });
    connect(&m_studio, &session::Studio::previewRequested, this, &ComparisonPane::beginPictures);
    connect(&m_studio.document(), &session::StudioDocument::modelChanged, this, &ComparisonPane::reset);
}

void ComparisonPane::reset() {
    m_pair = {};
    m_requested.reset();
    m_fullFor.reset();
    m_runs = 0;
    m_strip->clear();
    m_isFollowing = true;
    m_isCandidateFresh = false;
    put(m_pair);
    showParting();
    m_view->setReferenceBusy(false);
    m_view->setBusy(false);
    m_view->setMessage(tr("The first pictures follow when the maps are measured"));
}

/// Full precision stays as far as it is where nothing but the recipe has changed; the quantized picture stays, dimmed,
/// until the new one shows something.
void ComparisonPane::beginPictures() {
    const bool isOtherRecipe = m_requested && m_requested->sampling == m_studio.sampling();
    m_requested = {m_studio.document().recipe(), m_studio.sampling()};
    if (isOtherRecipe) {
        m_strip->clearCandidates();
    } else {
        m_fullFor.reset();
        m_runs = 0;
        m_strip->clear();
    }
    m_isFollowing = true;
    m_isCandidateFresh = false;
    m_strip->setCurrentFrame(-1);
    put(m_pair);
    if (!m_fullFor && m_runs > 0) m_view->setReference(m_strip->frames()[m_runs - 1].reference);
    showParting();
    m_view->setReferenceBusy(!m_fullFor, tr("Making the picture…"), m_runs == 0);
    m_view->setBusy(true, tr("Making the picture…"));
    m_view->setMessage(tr("Making the picture…"));
}

void ComparisonPane::showProgress(const ldm::Progress& progress) {
    if (!m_isFollowing) return;
    QString text = models::phaseText(progress.what);
    if (progress.total > 0) text = tr("%1, %2 of %3").arg(text).arg(progress.done).arg(progress.total);
    if (m_fullFor)
        m_view->setBusy(true, text, !m_isCandidateFresh);
    else
        m_view->setReferenceBusy(true, text, m_runs == 0);
}

void ComparisonPane::takeFullStep(const jobs::StepPicture& step) {
    const QImage coarse = models::toQImage(step.coarse);
    m_strip->setReference(step.run - 1, stepTitle(step.timestep), coarse);
    m_runs = step.run;
    if (m_fullFor || !m_isFollowing) return; // the picture itself is there
    m_view->setReference(coarse);
    m_view->setReferenceBusy(true, tr("Making the picture…"), false);
}

void ComparisonPane::takeFull(const ldm::Image& image, const ldm::GenerateSettings& sampling) {
    if (m_fullFor != sampling) m_pair = {}; // its quantized picture is one of other settings
    m_fullFor = sampling;
    m_pair.origin.sampling = sampling;
    m_pair.full = models::toQImage(image);
    m_pair.fullCaption = fullCaption(sampling);
    m_strip->setReference(m_runs, tr("Picture"), m_pair.full);
    m_view->setReferenceBusy(false);
    if (m_isFollowing) put(m_pair);
}

void ComparisonPane::takeQuantizedStep(const jobs::StepPicture& step) {
    const QImage coarse = models::toQImage(step.coarse);
    m_strip->setCandidate(step.run - 1, stepTitle(step.timestep), coarse, step.db);
    showParting();
    m_isCandidateFresh = true;
    if (!m_isFollowing) return;
    PicturePair pair = m_pair;
    pair.quantized = coarse;
    pair.quantizedSalience = {};
    pair.origin = *m_requested;
    pair.quantizedCaption = tr("Quantized, after step %1").arg(step.run);
    pair.metrics = widgets::apartText(step.db);
    put(pair);
    m_view->setBusy(true, tr("Making the picture…"), false);
}

void ComparisonPane::takeQuantized(const jobs::QuantizedPicture& picture) {
    m_pair.quantized = models::toQImage(picture.image);
    m_pair.fullSalience = models::salienceImage(picture.fullRecognition);
    m_pair.quantizedSalience = models::salienceImage(picture.recognition);
    m_pair.origin.recipe = picture.recipe;
    m_pair.fullCaption = models::withRecognition(fullCaption(m_pair.origin.sampling), picture.fullRecognition);
    m_pair.quantizedCaption =
        models::withRecognition(tr("Quantized: %1").arg(models::summaryOf(picture.recipe)), picture.recognition);
    m_pair.metrics = models::metricsText(picture.metrics);
    m_strip->setCandidate(m_runs, tr("Picture"), m_pair.quantized, std::numeric_limits<double>::quiet_NaN());
    m_view->setBusy(false);
    if (!m_isFollowing) return;
    put(m_pair);
    m_strip->setCurrentFrame(m_runs);
}

/// What was left before its end is compared as far as it came.
void ComparisonPane::settle(jobs::JobKind kind) {
    if (kind != jobs::JobKind::Preview || m_studio.engine().isBusy(jobs::JobKind::Preview)) return;
    m_view->setReferenceBusy(false);
    m_view->setBusy(false);
    m_view->setMessage(tr("No picture was made"));
    const QList<widgets::FilmFrame>& frames = m_strip->frames();
    const bool isWhole = m_fullFor && !frames.isEmpty() && !frames.last().candidate.isNull();
    if (!m_isFollowing || isWhole) return;
    int last = int(frames.size()) - 1;
    while (last >= 0 && (frames[last].candidate.isNull() || frames[last].reference.isNull())) --last;
    if (last < 0 && m_fullFor) return; // the picture in full precision, and no step of the other
    if (last < 0) last = int(frames.size()) - 1;
    if (!m_fullFor) m_pair = {};
    if (last < 0) return put(m_pair);
    m_strip->setCurrentFrame(last);
    showStep(last);
}

void ComparisonPane::showStep(int frame) {
    const QList<widgets::FilmFrame>& frames = m_strip->frames();
    const widgets::FilmFrame& shown = frames[frame];
    const bool isPicture = m_fullFor && frame == m_runs;
    m_isFollowing = isPicture;
    if (isPicture) return put(m_pair);
    PicturePair pair{shown.reference, shown.candidate, {}, {}, {}, {}, widgets::apartText(shown.db), *m_requested};
    pair.fullCaption = tr("Full precision after step %1 (%2)").arg(frame + 1).arg(shown.title);
    pair.quantizedCaption = tr("Quantized after step %1 (%2)").arg(frame + 1).arg(shown.title);
    put(pair);
    m_view->setBusy(false);
    m_view->setReferenceBusy(false);
}

void ComparisonPane::showParting() {
    const std::optional<int> frame = widgets::partingFrame(m_strip->frames(), widgets::kPartingShare);
    const bool isKnown = !m_strip->frames().isEmpty() && m_isCandidateFresh;
    if (frame)
        m_parting->setText(
            tr("More than %1 % apart from step %2 on").arg(100 * widgets::kPartingShare).arg(*frame + 1));
    else
        m_parting->setText(isKnown ? tr("Never more than %1 % apart").arg(100 * widgets::kPartingShare)
                                   : tr("Steps of both pictures"));
}

void ComparisonPane::showPair(const PicturePair& pair) {
    m_isFollowing = false;
    m_strip->setCurrentFrame(-1);
    put(pair);
    m_view->setBusy(false);
    m_view->setReferenceBusy(false);
}

void ComparisonPane::put(const PicturePair& pair) {
    m_shown = pair;
    m_view->setReference(pair.full);
    m_view->setCandidate(pair.quantized);
    m_view->setCaptions(pair.fullCaption.isEmpty() ? tr("Full precision") : pair.fullCaption,
                        pair.quantizedCaption.isEmpty() ? tr("Quantized") : pair.quantizedCaption);
    m_view->setMetrics(pair.metrics);
    m_view->setSalience(pair.fullSalience, pair.quantizedSalience);
}

void ComparisonPane::compareNow() {
    m_isFollowing = true;
    m_studio.engine().stopPreview();
}

void ComparisonPane::copyPicture() {
    const QImage picture = m_view->shownImage();
    if (!picture.isNull()) QApplication::clipboard()->setImage(picture);
}

void ComparisonPane::setShowsSteps(bool shows) {
    m_steps->setVisible(shows);
}

QJsonObject ComparisonPane::viewState() const {
    QJsonObject state = models::toJson(m_view->look());
    state.insert(kStepsKey, showsSteps());
    return state;
}

void ComparisonPane::setViewState(const QJsonObject& state) {
    m_view->setLook(models::comparisonLookFrom(state));
    setShowsSteps(state[kStepsKey].toBool(true));
}

} // namespace app::windows
