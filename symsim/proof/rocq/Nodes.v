Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From Symsim Require Import Places Layers.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

(* What one slot of one token group holds, before and after a head or a      *)
(* feed-forward network: lemmas that a proof applies node by node. ts are    *)
(* the sizes of the token groups, ss the widths of the slots.                *)
Section Nodes.
Variables (F : fieldType) (e : F -> F) (ts ss : seq nat).
Notation N := (sumn ts).
Notation D := (sumn ss).
Notation rows := (place F ts).
Notation cols s := ((place F ss s)^T).

Definition cell g s (H : 'M[F]_(N, D)) : 'M[F]_(nth 0%N ts g, nth 0%N ss s) := rows g *m H *m cols s.
Definition column s (H : 'M[F]_(N, D)) : 'M[F]_(N, nth 0%N ss s) := H *m cols s.
(* Row group g against what the keys of the weight circuit a fetch from b.   *)
Definition fetch g (H : 'M[F]_(N, D)) (a : 'M_D) w (b : 'M_(N, w)) := rows g *m H *m a *m H^T *m b.
(* The scores of the queries of group g against the keys of group k.         *)
Definition meet g k (H : 'M[F]_(N, D)) (a : 'M_D) := rows g *m H *m a *m (rows k *m H)^T.

Lemma cellD g s H H' : cell g s (H + H') = cell g s H + cell g s H'.
Proof. by rewrite /cell mulmxDr mulmxDl. Qed.
Lemma cell0 g s : cell g s 0 = 0.
Proof. by rewrite /cell mulmx0 mul0mx. Qed.
Lemma columnD s H H' : column s (H + H') = column s H + column s H'.
Proof. by rewrite /column mulmxDl. Qed.

(* Tokens at the start: group g holds the rows of S, and of those slot s      *)
(* holds B.                                                                   *)
Definition put g s (B : 'M[F]_(nth 0%N ts g, nth 0%N ss s)) : 'M[F]_(nth 0%N ts g, D) := B *m place F ss s.
Definition stack g (S : 'M[F]_(nth 0%N ts g, D)) : 'M[F]_(N, D) := (rows g)^T *m S.
Lemma put_same g s B : @put g s B *m cols s = B.
Proof. by rewrite /put -mulmxA place_same mulmx1. Qed.
Lemma put_other g s t B : t != s -> @put g t B *m cols s = 0.
Proof. by move=> ne; rewrite /put -mulmxA place_other ?mulmx0. Qed.
Lemma stack_same g S : rows g *m @stack g S = S.
Proof. by rewrite /stack row_pick. Qed.
Lemma stack_other g k S : g != k -> rows g *m @stack k S = 0.
Proof. by move=> gk; rewrite /stack row_skip. Qed.
Lemma stack0 g : @stack g 0 = 0.
Proof. by rewrite /stack mulmx0. Qed.
Lemma put0 g s : @put g s 0 = 0.
Proof. by rewrite /put mul0mx. Qed.
Lemma stack_skip g k S H y : g != k -> rows g *m H = y -> rows g *m (@stack k S + H) = y.
Proof. by move=> gk <-; rewrite mulmxDr stack_other ?add0r. Qed.
Lemma stack_hit g S H : rows g *m H = 0 -> rows g *m (@stack g S + H) = S.
Proof. by move=> h; rewrite mulmxDr stack_same h addr0. Qed.
Lemma cell_rows g s H S y : rows g *m H = S -> S *m cols s = y -> cell g s H = y.
Proof. by rewrite /cell => -> ->. Qed.
Lemma column_stack g s S c : S *m cols s = c -> column s (@stack g S) = (rows g)^T *m c.
Proof. by move=> <-; rewrite /column /stack mulmxA. Qed.
Lemma column_stack0 g s S : S *m cols s = 0 -> column s (@stack g S) = 0.
Proof. by move/column_stack=> ->; rewrite mulmx0. Qed.
Lemma column_cells s H : column s H = \sum_(g < size ts) (rows g)^T *m cell g s H.
Proof. by rewrite [LHS]by_rows /column; apply: eq_bigr => g _; rewrite /cell !mulmxA. Qed.

(* A sum is searched from the left. *)
Lemma column_of s H w (C : 'M_(_, w)) : H *m (cols s *m C) = column s H *m C.
Proof. by rewrite /column mulmxA. Qed.
Lemma cell_column g s H : cell g s H = rows g *m column s H.
Proof. by rewrite /cell /column mulmxA. Qed.
Lemma columnsP H H' : (forall s, (s < size ss)%N -> column s H = column s H') -> H = H'.
Proof.
move=> same; apply: trmx_inj; rewrite [LHS]by_rows [RHS]by_rows; apply: eq_bigr => s _.
by have := same s (ltn_ord s); rewrite /column => eq; congr (_ *m _); apply: trmx_inj; rewrite !trmx_mul !trmxK.
Qed.
Lemma column_skip s H H' y : column s H = 0 -> column s H' = y -> column s (H + H') = y.
Proof. by rewrite columnD => -> ->; rewrite add0r. Qed.
Lemma column_take s H H' x y : column s H = x -> column s H' = y -> column s (H + H') = x + y.
Proof. by rewrite columnD => -> ->. Qed.

Lemma column_last s H H' x : column s H = x -> column s H' = 0 -> column s (H + H') = x.
Proof. by rewrite columnD => -> ->; rewrite addr0. Qed.

(* Heads. QK = Q K^T and OV = V O (columns of slot s) are the circuits of the *)
(* head; they depend on weights only.                                         *)
Section Heads.
Variables (r m : nat) (H : 'M[F]_(N, D)) (Q K : 'M[F]_(D, r)) (V : 'M[F]_(D, m)) (O : 'M[F]_(m, D)).
Variables (QK : 'M[F]_D) (s : nat) (OV : 'M[F]_(D, nth 0%N ss s)).

Lemma scoresE : Q *m K^T = QK -> scores H Q K = H *m QK *m H^T.
Proof. by move=> <-; rewrite /scores trmx_mul !mulmxA. Qed.

Lemma cell_linear g : Q *m K^T = QK -> V *m (O *m cols s) = OV ->
  cell g s (linear_head (see_all F N) Q K V O H) = fetch g H QK (H *m OV).
Proof. by move=> /scoresE qk <-; rewrite /cell /linear_head /see_all hide_all qk /fetch !mulmxA. Qed.

Lemma cell_linear_group g k : Q *m K^T = QK -> V *m (O *m cols s) = OV ->
  cell g s (linear_head (see_groups F ts [:: k]) Q K V O H) = meet g k H QK *m (rows k *m H *m OV).
Proof.
by move=> /scoresE qk <-; rewrite /cell /linear_head hide_group qk /meet trmx_mul !mulmxA.
Qed.

Lemma cell_softmax_group g k : Q *m K^T = QK -> V *m (O *m cols s) = OV ->
  cell g s (softmax_head e (see_groups F ts [:: k]) Q K V O H)
  = softmax e (meet g k H QK) *m (rows k *m H *m OV).
Proof.
move=> /scoresE qk <-; rewrite /cell /softmax_head msoftmax_group qk /meet trmx_mul !mulmxA.
by rewrite place_softmax !mulmxA.
Qed.

Lemma cell_softmax_causal g : Q *m K^T = QK -> V *m (O *m cols s) = OV ->
  cell g s (softmax_head e (causal_groups F ts [:: g]) Q K V O H)
  = causal_softmax e (meet g g H QK) *m (rows g *m H *m OV).
Proof.
move=> /scoresE qk <-; rewrite /cell /softmax_head qk !mulmxA msoftmax_causal /meet trmx_mul !mulmxA.
by [].
Qed.

Lemma cell_quiet_linear g M : O *m cols s = 0 -> cell g s (linear_head M Q K V O H) = 0.
Proof. by move=> o; rewrite /cell /linear_head -!mulmxA o !mulmx0. Qed.
Lemma cell_quiet_softmax g M : O *m cols s = 0 -> cell g s (softmax_head e M Q K V O H) = 0.
Proof. by move=> o; rewrite /cell /softmax_head -!mulmxA o !mulmx0. Qed.
Lemma column_quiet_linear M : O *m cols s = 0 -> column s (linear_head M Q K V O H) = 0.
Proof. by move=> o; rewrite /column /linear_head -!mulmxA o !mulmx0. Qed.
Lemma column_quiet_softmax M : O *m cols s = 0 -> column s (softmax_head e M Q K V O H) = 0.
Proof. by move=> o; rewrite /column /softmax_head -!mulmxA o !mulmx0. Qed.
End Heads.

Lemma fetchDl g H a a' w (b : 'M_(N, w)) : fetch g H (a + a') b = fetch g H a b + fetch g H a' b.
Proof. by rewrite /fetch mulmxDr !mulmxDl. Qed.
Lemma fetchDr g H a w (b b' : 'M_(N, w)) : fetch g H a (b + b') = fetch g H a b + fetch g H a b'.
Proof. by rewrite /fetch mulmxDr. Qed.
Lemma fetch0l g H w (b : 'M_(N, w)) : fetch g H 0 b = 0.
Proof. by rewrite /fetch mulmx0 !mul0mx. Qed.
Lemma fetch0r g H a w : fetch g H a (0 : 'M_(N, w)) = 0.
Proof. by rewrite /fetch mulmx0. Qed.
Lemma fetch_block g k i j H q y C w (v : 'M_(_, w)) : cell g i H = q -> cell k j H = y ->
  fetch g H (block ss ss i j C) ((rows k)^T *m v) = q *m C *m y^T *m v.
Proof. by move=> <- <-; rewrite /fetch /cell /block !trmx_mul trmxK !mulmxA. Qed.

Lemma meetD g k H a a' : meet g k H (a + a') = meet g k H a + meet g k H a'.
Proof. by rewrite /meet mulmxDr mulmxDl. Qed.
Lemma meet0 g k H : meet g k H 0 = 0.
Proof. by rewrite /meet mulmx0 mul0mx. Qed.
Lemma meet_block g k i j H q y C : cell g i H = q -> cell k j H = y ->
  meet g k H (block ss ss i j C) = q *m C *m y^T.
Proof. by move=> <- <-; rewrite /meet /cell /block !trmx_mul trmxK !mulmxA. Qed.

Lemma column_none s : column s 0 = 0.
Proof. by rewrite /column mul0mx. Qed.
Lemma read_column s H c w (C : 'M_(_, w)) : column s H = c -> H *m (cols s *m C) = c *m C.
Proof. by move=> <-; rewrite /column mulmxA. Qed.
Lemma read_cell g s H c w (C : 'M_(_, w)) : cell g s H = c -> rows g *m H *m (cols s *m C) = c *m C.
Proof. by move=> <-; rewrite /cell mulmxA. Qed.
End Nodes.
Arguments put {F} ts ss g s B.
Arguments stack {F} ts ss g S.

(* A feed-forward network; hs are the runs of hidden units with one function *)
(* each. A missing bias is 0.                                                *)
Section Networks.
Variables (F : fieldType) (ts ss hs : seq nat).
Notation N := (sumn ts).
Notation D := (sumn ss).

Definition run m i (f : 'M[F]_(m, nth 0%N hs i) -> 'M[F]_(m, nth 0%N hs i)) (Z : 'M[F]_(m, sumn hs)) :
  'M[F]_(m, sumn hs) := f (Z *m (place F hs i)^T) *m place F hs i.
Arguments run {m} i f Z.
Definition feed_forward M D' u (act : 'M[F]_(M, u) -> 'M[F]_(M, u)) (W1 : 'M[F]_(D', u)) (b1 : 'M[F]_(1, u))
    (W2 : 'M[F]_(u, D')) (b2 : 'M[F]_(1, D')) (H : 'M[F]_(M, D')) : 'M[F]_(M, D') :=
  act (H *m W1 + const_mx 1 *m b1) *m W2 + const_mx 1 *m b2.

Lemma cell_feed_forward g s u (act : 'M[F]_(N, u) -> 'M[F]_(N, u)) W1 b1 W2 b2 (H : 'M[F]_(N, D)) w2 c2 :
  W2 *m (place F ss s)^T = w2 -> b2 *m (place F ss s)^T = c2 ->
  cell g s (feed_forward act W1 b1 W2 b2 H)
  = place F ts g *m (act (H *m W1 + const_mx 1 *m b1) *m w2) + const_mx 1 *m c2.
Proof.
move=> <- <-; rewrite /cell /feed_forward mulmxDr mulmxDl; congr (_ + _); first by rewrite !mulmxA.
by rewrite mulmxA place_const !mulmxA.
Qed.
Lemma column_feed_forward s u (act : 'M[F]_(N, u) -> 'M[F]_(N, u)) W1 b1 W2 b2 (H : 'M[F]_(N, D)) w2 c2 :
  W2 *m (place F ss s)^T = w2 -> b2 *m (place F ss s)^T = c2 ->
  column s (feed_forward act W1 b1 W2 b2 H) = act (H *m W1 + const_mx 1 *m b1) *m w2 + const_mx 1 *m c2.
Proof. by move=> <- <-; rewrite /column /feed_forward mulmxDl !mulmxA. Qed.
Lemma cell_quiet_ff g s u (act : 'M[F]_(N, u) -> 'M[F]_(N, u)) W1 b1 W2 b2 (H : 'M[F]_(N, D)) :
  W2 *m (place F ss s)^T = 0 -> b2 *m (place F ss s)^T = 0 -> cell g s (feed_forward act W1 b1 W2 b2 H) = 0.
Proof. by move=> h1 h2; rewrite (cell_feed_forward _ _ _ _ _ h1 h2) !mulmx0 addr0. Qed.
Lemma column_quiet_ff s u (act : 'M[F]_(N, u) -> 'M[F]_(N, u)) W1 b1 W2 b2 (H : 'M[F]_(N, D)) :
  W2 *m (place F ss s)^T = 0 -> b2 *m (place F ss s)^T = 0 -> column s (feed_forward act W1 b1 W2 b2 H) = 0.
Proof. by move=> h1 h2; rewrite /column /feed_forward mulmxDl -!mulmxA h1 h2 !mulmx0 addr0. Qed.
Lemma run_pick i m f (Z : 'M[F]_(m, sumn hs)) w (C : 'M_(_, w)) :
  run i f Z *m ((place F hs i)^T *m C) = f (Z *m (place F hs i)^T) *m C.
Proof. by rewrite /run -mulmxA row_pick. Qed.
Lemma run_there i j m f (Z : 'M[F]_(m, sumn hs)) w (C : 'M_(_, w)) :
  j != i -> run j f Z *m ((place F hs i)^T *m C) = 0.
Proof. by move=> ji; rewrite /run -mulmxA row_skip ?mulmx0. Qed.
Lemma read_units g i f (H : 'M[F]_(N, D)) (W1 : 'M[F]_(D, sumn hs)) (b1 : 'M[F]_(1, sumn hs)) w1 c1 w (C : 'M_(_, w)) :
  W1 *m (place F hs i)^T = w1 -> b1 *m (place F hs i)^T = c1 ->
  place F ts g *m (map_mx f ((H *m W1 + const_mx 1 *m b1) *m (place F hs i)^T) *m C)
  = map_mx f (place F ts g *m H *m w1 + const_mx 1 *m c1) *m C.
Proof.
move=> <- <-; rewrite mulmxA place_map; congr (map_mx f _ *m C).
by rewrite mulmxDl mulmxDr; congr (_ + _); rewrite ?mulmxA // place_const.
Qed.
Lemma read_identity i (H : 'M[F]_(N, D)) (W1 : 'M[F]_(D, sumn hs)) (b1 : 'M[F]_(1, sumn hs)) w1 c1 w (C : 'M_(_, w)) :
  W1 *m (place F hs i)^T = w1 -> b1 *m (place F hs i)^T = c1 ->
  map_mx id ((H *m W1 + const_mx 1 *m b1) *m (place F hs i)^T) *m C = (H *m w1 + const_mx 1 *m c1) *m C.
Proof. by move=> <- <-; congr (_ *m _); apply/matrixP=> a b; rewrite mxE mulmxDl !mulmxA. Qed.
Lemma read_rows g i f (H : 'M[F]_(N, D)) (W1 : 'M[F]_(D, sumn hs)) (b1 : 'M[F]_(1, sumn hs)) w1 c1 w (C : 'M_(_, w)) :
  W1 *m (place F hs i)^T = w1 -> b1 *m (place F hs i)^T = c1 ->
  place F ts g *m (by_row f ((H *m W1 + const_mx 1 *m b1) *m (place F hs i)^T) *m C)
  = by_row f (place F ts g *m H *m w1 + const_mx 1 *m c1) *m C.
Proof.
move=> <- <-; rewrite mulmxA place_by_row; congr (by_row f _ *m C).
by rewrite mulmxDl mulmxDr; congr (_ + _); rewrite ?mulmxA // place_const.
Qed.
End Networks.
Arguments run {F hs m} i f Z.

(* Steps along a sum. The emitted proof says which step to take: a search   *)
(* would try to compare blocks that differ.                                  *)
Ltac off_rows := apply: stack_skip; [ by [] | ].
Ltac hit_rows := apply: stack_hit.
Ltac last_off_rows := by apply: stack_other.
Ltac last_hit_rows := exact: stack_same.
Ltac off_column strip := apply: column_skip; [ by apply: column_stack0; apply: strip | ].
Ltac take_column strip := apply: column_take; [ exact: column_stack strip | ].
Ltac end_column strip := apply: column_last; [ exact: column_stack strip | ].
Ltac last_off_column strip := by apply: column_stack0; apply: strip.
Ltac last_take_column strip := exact: column_stack strip.
Ltac off_put := apply: block_step_off; [ by apply: put_other | ].
Ltac end_put := apply: block_step_end; [ exact: put_same | ].
Ltac last_off_put := by apply: put_other.
Ltac last_take_put := exact: put_same.
Ltac off_block := apply: block_step_off; [ by apply: block_other | ].
Ltac take_block := apply: block_step_take; [ exact: block_column | ].
Ltac end_block := apply: block_step_end; [ exact: block_column | ].
Ltac last_off_block := by apply: block_other.
Ltac last_take_block := exact: block_column.
Ltac off_run := apply: block_step_off; [ by apply: run_there | ].
Ltac end_run := apply: block_step_end; [ exact: run_pick | ].
Ltac last_off_run := by apply: run_there.
Ltac last_take_run := exact: run_pick.

(* The rewriting that remains: identities, zeros, scalars; then the same formula. *)
Lemma map_ident (F : fieldType) m n (A : 'M[F]_(m, n)) : map_mx id A = A.
Proof. by apply/matrixP=> i j; rewrite mxE. Qed.
Ltac tidy := rewrite ?(const11, map_ident, tr_scalar_mx, trmx0, mul0mx, mulmx0, mul1mx, mulmx1, mul_scalar_mx, mul_mx_scalar,
  scale1r, scaler0, scaleN1r, oppr0, addr0, add0r).
Lemma tr_add (F : fieldType) m n (A B : 'M[F]_(m, n)) : (A + B)^T = A^T + B^T.
Proof. by apply/matrixP=> i j; rewrite !mxE. Qed.
Ltac scalars := rewrite ?tr_scalar_mx ?mulmx1 ?mul1mx -?scalar_mxM ?addr0 ?add0r -?addrA; reflexivity.
Ltac circuit := rewrite ?tr_add ?mulmxDr ?mulmxDl; rewrite ?block_meet; rewrite ?block_miss //; scalars.
(* Equal up to the order of sums: the last summand on the left is looked for on the right. *)
Ltac turn_to x n := lazymatch goal with
  | |- _ = _ + ?y => first [ unify x y | lazymatch n with S ?m => rewrite [RHS]addrC ?addrA; turn_to x m end ]
  end.
Ltac reordered := first [ reflexivity | lazymatch goal with
  | |- _ + ?x = _ + _ => first [ turn_to x constr:(12%nat) | idtac ]; congr (_ + _); reordered
  | |- map_mx _ _ = map_mx _ _ => congr (map_mx _ _); reordered
  | |- by_row _ _ = by_row _ _ => congr (by_row _ _); reordered
  | |- _ *: _ = _ *: _ => congr (_ *: _); reordered
  | |- _ *m _ = _ *m _ => congr (_ *m _); reordered
  end ].
Ltac same := first [ reflexivity
  | rewrite -?(scalemxAl, scalemxAr) ?(trmx_mul, trmxK) ?mulmxA ?addrA ?subrr ?add0r; reordered ].

(* Nothing below looks inside. *)
Opaque place block put stack cell column fetch meet run feed_forward softmax_head linear_head softmax causal_softmax.
