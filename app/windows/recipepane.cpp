#include <app/windows/recipepane.h>

#include <QScrollArea>
#include <QVBoxLayout>

namespace app::windows {

namespace {

const QString kPage = QStringLiteral("page");
const QString kSplitter = QStringLiteral("splitter");

} // namespace

RecipePane::RecipePane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_pages(new QTabWidget(this)), m_splitter(new QSplitter(Qt::Vertical, this)),
      m_rules(new RuleTable(this)), m_text(new RecipeText(studio, this)), m_treatments(new TreatmentsEditor(this)),
      m_diff(new RecipeDiffView(studio, this)), m_notes(new QLabel(this)) {
    build();
    connectAll();
}

void RecipePane::build() {
    m_splitter->addWidget(m_rules);
    m_splitter->addWidget(m_text);
    m_splitter->setChildrenCollapsible(false);
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_treatments);
    m_pages->setObjectName(QStringLiteral("recipePages"));
    m_pages->setAccessibleName(tr("Pages of the recipe"));
    m_pages->setDocumentMode(true);
    m_pages->addTab(m_splitter, tr("Rules and Text"));
    m_pages->addTab(scroll, tr("Treatments"));
    m_pages->addTab(m_diff, tr("Differences"));
    m_notes->setObjectName(QStringLiteral("recipeNotes"));
    m_notes->setAccessibleName(tr("Notes about the recipe"));
    m_notes->setWordWrap(true);
    m_notes->setMargin(4);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(m_pages, 1);
    column->addWidget(m_notes);
    setFocusProxy(m_pages);
}

void RecipePane::connectAll() {
    const session::StudioDocument* document = &m_studio.document();
    connect(document, &session::StudioDocument::modelChanged, this, [this] {
        m_text->forget();
        update();
    });
    connect(document, &session::StudioDocument::recipeChanged, this, &RecipePane::update);
    connect(document, &session::StudioDocument::draftChanged, this, [this] {
        if (isVisible())
            m_text->takeUpDraft();
        else
            m_isStale = true;
    });
    connect(m_rules->model(), &models::RuleModel::proposed, this,
            [this](const QString& what, const std::vector<quant::Rule>& rules) {
                quant::Recipe recipe = m_studio.document().recipe();
                recipe.rules = rules;
                propose(what, recipe);
            });
    connect(m_rules->model(), &models::RuleModel::refused, m_notes, &QLabel::setText);
    connect(m_treatments, &TreatmentsEditor::proposed, this, &RecipePane::propose);
    connect(m_treatments, &TreatmentsEditor::refused, m_notes, &QLabel::setText);
    connect(m_text, &RecipeText::drafted, this,
            [this](const quant::Recipe& draft) { m_rules->setRules(draft.rules, m_studio.document().model()); });
}

/// Costs nothing while nobody sees it.
void RecipePane::update() {
    m_isStale = true;
    if (isVisible()) showAll();
}

void RecipePane::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_isStale) showAll();
}

/// Table and text stand beside each other where there is room.
void RecipePane::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    m_splitter->setOrientation(width() > height() * 3 / 2 ? Qt::Horizontal : Qt::Vertical);
}

void RecipePane::showAll() {
    m_isStale = false;
    const session::StudioDocument& document = m_studio.document();
    setEnabled(document.hasModel());
    m_rules->setRules(document.recipe().rules, document.model());
    m_text->showRecipe();
    m_treatments->showRecipe(document.recipe(), document.model());
    showNotes();
}

void RecipePane::showNotes() {
    constexpr std::size_t kShown = 2;
    QStringList notes;
    const std::vector<std::string>& warnings = m_studio.document().plan().warnings;
    for (std::size_t i = 0; i < std::min(kShown, warnings.size()); ++i)
        notes << QString::fromStdString(warnings[i]) + QLatin1Char('.');
    if (warnings.size() > kShown) notes << tr("%1 more notes.").arg(warnings.size() - kShown);
    m_notes->setText(notes.join(QLatin1Char('\n')));
    QStringList all;
    for (const std::string& warning : warnings) all << QString::fromStdString(warning);
    m_notes->setToolTip(all.join(QLatin1Char('\n')));
    m_notes->setVisible(!notes.isEmpty());
}

/// What does not fit stays as a draft in the text, where it can be corrected.
void RecipePane::propose(const QString& what, const quant::Recipe& recipe) {
    const auto done = m_studio.document().editRecipe(what, recipe);
    if (done) return showAll(); // also where nothing changed: controls show what holds
    m_notes->setText(done.failure().sentence);
    m_notes->show();
    m_text->showDraft(recipe);
}

void RecipePane::showDiff() {
    m_pages->setCurrentWidget(m_diff);
}

QJsonObject RecipePane::viewState() const {
    return {{kPage, m_pages->currentIndex()}, {kSplitter, QString::fromLatin1(m_splitter->saveState().toBase64())}};
}

void RecipePane::setViewState(const QJsonObject& state) {
    const int page = state[kPage].toInt(-1);
    if (page >= 0 && page < m_pages->count()) m_pages->setCurrentIndex(page);
    const QByteArray splitter = QByteArray::fromBase64(state[kSplitter].toString().toLatin1());
    if (!splitter.isEmpty()) m_splitter->restoreState(splitter);
}

} // namespace app::windows
