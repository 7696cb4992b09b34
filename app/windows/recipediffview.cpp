#include <app/windows/recipediffview.h>

#include <app/models/recipediff.h>

#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace app::windows {

namespace {

constexpr int kDelayMs = 50;

void fill(QTableWidget* table, const QList<models::DiffRow>& rows) {
    table->setRowCount(int(rows.size()));
    for (int row = 0; row < int(rows.size()); ++row) {
        const QStringList cells{rows[row].what, rows[row].present, rows[row].other};
        for (int column = 0; column < int(cells.size()); ++column) {
            auto* item = new QTableWidgetItem(cells[column]);
            item->setToolTip(cells[column]);
            table->setItem(row, column, item);
        }
    }
    table->resizeColumnToContents(0);
}

} // namespace

RecipeDiffView::RecipeDiffView(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_choice(new QComboBox(this)),
      m_keep(makeButton("recipeKeep", tr("Keep Present"), tr("Keep the present recipe to be compared with later"),
                        &RecipeDiffView::keepPresent)),
      m_restore(makeButton("recipeRestore", tr("Restore"), tr("Make the chosen recipe the present one again"),
                           &RecipeDiffView::restoreChosen)),
      m_remove(makeButton("recipeRemove", tr("Remove"), tr("Do not keep the chosen recipe any longer"),
                          &RecipeDiffView::removeChosen)),
      m_rename(makeButton("recipeRename", tr("Rename…"), tr("Give the chosen recipe another name"),
                          &RecipeDiffView::renameChosen)),
      m_file(
          makeButton("recipeFile", tr("File…"), tr("Compare with a recipe from a file"), &RecipeDiffView::chooseFile)),
      m_verdict(new QLabel(this)), m_summary(makeTable("recipeSummary", tr("Numbers of both recipes"))),
      m_rows(makeTable("recipeDifferences", tr("What differs between both recipes"))) {
    build();
    session::StudioDocument* document = &m_studio.document();
    connect(document, &session::StudioDocument::modelChanged, this, [this] {
        m_fileRecipe.reset();
        update();
    });
    connect(document, &session::StudioDocument::stateChanged, this, &RecipeDiffView::update);
    connect(document, &session::StudioDocument::predictionChanged, this, &RecipeDiffView::update);
    connect(document, &session::StudioDocument::latencyChanged, this, &RecipeDiffView::update);
    connect(&document->recipeShelf(), &session::RecipeShelf::changed, this, &RecipeDiffView::update);
    connect(&document->measurements(), &session::Measurements::changed, this, &RecipeDiffView::update);
    connect(m_choice, &QComboBox::activated, this, &RecipeDiffView::showDiff);
    m_soon.setSingleShot(true);
    m_soon.setInterval(kDelayMs);
    connect(&m_soon, &QTimer::timeout, this, [this] {
        if (m_isStale && isVisible()) showDiff();
    });
}

void RecipeDiffView::build() {
    m_choice->setObjectName(QStringLiteral("recipeOther"));
    m_choice->setAccessibleName(tr("Compare with"));
    m_choice->setToolTip(tr("The recipe that the present one is compared with"));
    m_choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_verdict->setObjectName(QStringLiteral("recipeVerdict"));
    m_verdict->setAccessibleName(tr("How much differs"));
    m_verdict->setWordWrap(true);
    m_summary->setMaximumHeight(7 * (fontMetrics().height() + 10));
    auto* choices = new QHBoxLayout;
    choices->addWidget(new QLabel(tr("Compare with"), this));
    choices->addWidget(m_choice, 1);
    choices->addWidget(m_file);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_keep);
    buttons->addWidget(m_restore);
    buttons->addWidget(m_rename);
    buttons->addWidget(m_remove);
    buttons->addStretch(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(4);
    column->addLayout(choices);
    column->addLayout(buttons);
    column->addWidget(m_summary);
    column->addWidget(m_verdict);
    column->addWidget(m_rows, 1);
    setFocusProxy(m_choice);
}

QTableWidget* RecipeDiffView::makeTable(const char* name, const QString& title) {
    auto* table = new QTableWidget(0, 3, this);
    table->setObjectName(QLatin1String(name));
    table->setAccessibleName(title);
    table->setHorizontalHeaderLabels({tr("What"), tr("Present"), tr("Other")});
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setTabKeyNavigation(false);
    table->setWordWrap(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 6);
    table->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    table->horizontalHeader()->setSectionResizeMode(2, QHeaderView::Stretch);
    return table;
}

QPushButton* RecipeDiffView::makeButton(const char* name, const QString& text, const QString& tip,
                                        void (RecipeDiffView::*run)()) {
    auto* button = new QPushButton(text, this);
    button->setObjectName(QLatin1String(name));
    button->setAccessibleName(text);
    button->setToolTip(tip);
    connect(button, &QPushButton::clicked, this, run);
    return button;
}

/// Costs nothing while nobody sees it.
void RecipeDiffView::update() {
    m_isStale = true;
    if (isVisible() && !m_soon.isActive()) m_soon.start();
}

void RecipeDiffView::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_isStale) showDiff();
}

void RecipeDiffView::fillChoices() {
    const QSignalBlocker quiet(m_choice);
    const QString before = m_choice->currentText();
    m_choice->clear();
    m_choice->addItem(m_studio.document().recipeFile().isEmpty() ? tr("the recipe this model began with")
                                                                 : tr("the last saved recipe"),
                      int(Source::Saved));
    const auto& kept = m_studio.document().recipeShelf().entries();
    for (const auto& entry : kept) m_choice->addItem(entry.name, int(Source::Shelf));
    if (m_fileRecipe) m_choice->addItem(m_fileName, int(Source::File));
    m_choice->setCurrentIndex(std::max(0, m_choice->findText(before)));
}

int RecipeDiffView::shelfIndex() const {
    return Source(m_choice->currentData().toInt()) == Source::Shelf ? m_choice->currentIndex() - 1 : -1;
}

std::optional<quant::Recipe> RecipeDiffView::chosen() const {
    if (!m_studio.document().hasModel()) return std::nullopt;
    switch (Source(m_choice->currentData().toInt())) {
    case Source::Saved:
        return m_studio.document().savedRecipe();
    case Source::Shelf:
        return m_studio.document().recipeShelf().entries()[std::size_t(shelfIndex())].recipe;
    case Source::File:
        return m_fileRecipe;
    }
    return std::nullopt;
}

void RecipeDiffView::showDiff() {
    m_isStale = false;
    fillChoices();
    const std::optional<quant::Recipe> other = chosen();
    m_keep->setEnabled(other.has_value());
    m_file->setEnabled(other.has_value());
    m_restore->setEnabled(other && *other != m_studio.document().recipe());
    m_remove->setEnabled(shelfIndex() >= 0);
    m_rename->setEnabled(shelfIndex() >= 0);
    models::RecipeDiff diff;
    QString verdict;
    if (other) {
        const auto made = jobs::guarded([this, &other] { return models::recipeDiff(m_studio.document(), *other); });
        if (made) diff = made.value();
        verdict =
            made ? (diff.rows.isEmpty() ? tr("Nothing differs.") : tr("Formats of %1 layers differ.").arg(diff.layers))
                 : made.failure().sentence;
    }
    m_verdict->setText(verdict);
    fill(m_summary, diff.summary);
    fill(m_rows, diff.rows);
}

void RecipeDiffView::keepPresent() {
    session::StudioDocument& document = m_studio.document();
    if (!document.hasModel()) return;
    m_studio.report(document.recipeShelf().keep(QString::fromStdString(document.recipe().name), document.recipe()));
}

void RecipeDiffView::restoreChosen() {
    if (m_isStale) showDiff();
    if (const std::optional<quant::Recipe> recipe = chosen())
        m_studio.report(m_studio.document().replaceRecipe(*recipe));
}

void RecipeDiffView::removeChosen() {
    if (m_isStale) showDiff();
    m_studio.document().recipeShelf().remove(shelfIndex());
}

void RecipeDiffView::renameChosen() {
    if (m_isStale) showDiff();
    const int index = shelfIndex();
    if (index < 0) return Q_EMIT m_studio.noted(tr("Choose a kept recipe first, in the box of what is compared with."));
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Rename the kept recipe"));
    dialog->setLabelText(tr("Name:"));
    dialog->setTextValue(m_choice->currentText());
    connect(dialog, &QInputDialog::textValueSelected, this, [this, index](const QString& name) {
        m_studio.document().recipeShelf().rename(index, name);
        fillChoices();
        m_choice->setCurrentIndex(index + 1); // after the saved recipe
        showDiff();
    });
    dialog->open();
}

void RecipeDiffView::chooseFile() {
    auto* dialog = new QFileDialog(this, tr("Compare with a Recipe"), {}, tr("Recipes (*.json)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &RecipeDiffView::openFile);
    dialog->open();
}

void RecipeDiffView::openFile(const QString& file) {
    const auto recipe =
        jobs::guarded([this, &file] { return quant::loadRecipe(file.toStdString(), m_studio.document().model()); });
    if (!recipe) return m_studio.report(recipe.failure());
    m_fileRecipe = recipe.value();
    m_fileName = QFileInfo(file).fileName();
    fillChoices();
    m_choice->setCurrentIndex(m_choice->count() - 1);
    showDiff();
}

} // namespace app::windows
